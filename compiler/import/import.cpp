#include "compiler/import/import.h"

namespace cip::importing {

Result<Imported> import_one(std::string_view kind, std::string_view bytes) {
  const std::vector<Input> inputs{{"input", std::string(bytes)}};
  Options options;
  options.clim = "n1";
  if (kind == "climconfig") {
    return from_climconfig(inputs, options);
  }
  if (kind == "iproute") {
    return from_iproute(inputs, options);
  }
  return Error{ErrorCode::invalid,
               "nothing is imported from `" + std::string(kind) + "`; climconfig and iproute are known"};
}

}  // namespace cip::importing
