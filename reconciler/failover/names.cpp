#include <fmt/format.h>
#include <string_view>

#include "reconciler/failover/event.h"
#include "reconciler/failover/message.h"
#include "reconciler/failover/record.h"
#include "reconciler/failover/status.h"

namespace cip::failover {

std::string name(const Path& path) {
  return path.kind == Path::Kind::control ? fmt::format("control {}", path.index)
                                          : fmt::format("data {}", path.interface.str());
}

std::string_view name(Reason reason) {
  switch (reason) {
    case Reason::initial:
      return "initial";
    case Reason::failure:
      return "failure";
    case Reason::command:
      return "command";
    case Reason::found:
      return "found";
  }
  return "unknown";
}

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::alarm:
      return "alarm";
  }
  return "unknown";
}

std::string_view name(Happening happening) {
  for (const auto& [each, text] : happenings) {
    if (each == happening) return text;
  }
  return "unknown";
}

std::string_view name(InterfaceState state) {
  switch (state) {
    case InterfaceState::up:
      return "UP";
    case InterfaceState::ready:
      return "RDY";
    case InterfaceState::stopped:
      return "DNOP";
    case InterfaceState::down:
      return "DOWN";
  }
  return "unknown";
}

}  // namespace cip::failover
