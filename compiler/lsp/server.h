// The language server: takes messages, one after the other, and answers each before it takes the next. So there is
// nothing to cancel: `$/cancelRequest` is about a request that has its answer already.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "compiler/lsp/features.h"
#include "compiler/lsp/findings.h"
#include "compiler/lsp/protocol.h"
#include "compiler/lsp/workspace.h"

namespace cip::lsp {

class Server {
 public:
  explicit Server(std::function<void(const Json&)> send) : send_(std::move(send)) {}

  void receive(const Json& message);
  void receive(const BadMessage& message);
  // The exit code, once `exit` has come: 0 after `shutdown`, else 1.
  std::optional<int> exit_code() const { return exit_; }

 private:
  enum class State { starting, running, shut_down };

  void request(const Json& id, const std::string& method, const Json& params);
  void notify(const std::string& method, const Json& params);
  Json answer(const std::string& method, const Json& params);
  Json initialize(const Json& params);
  void open(const Json& params);
  void change(const Json& params);
  void close(const Json& params);
  void publish();
  Json at_place(const Json& params, Json (*feature)(const Request&)) const;
  Json symbols(const Json& params) const;
  Json format(const Json& params) const;

  std::function<void(const Json&)> send_;
  State state_ = State::starting;
  std::optional<int> exit_;
  Client client_;
  Workspace workspace_;
  std::map<std::string, Json> published_;  // what each file shows now: with the version if it is open
};

// Serves until `exit` or the end of the input; what is no message of the protocol goes to standard error.
int serve(int input, int output);

}  // namespace cip::lsp
