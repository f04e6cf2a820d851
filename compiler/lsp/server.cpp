#include "compiler/lsp/server.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace cip::lsp {
namespace {

struct UnknownMethod {};

// What stands at a path of object keys; null if there is nothing.
Json get(const Json& json, std::initializer_list<const char*> path) {
  const Json* at = &json;
  for (const char* key : path) {
    if (!at->is_object() || !at->contains(key)) {
      return nullptr;
    }
    at = &(*at)[key];
  }
  return *at;
}

bool flag(const Json& json, std::initializer_list<const char*> path) {
  return get(json, path) == true;
}

bool contains(const Json& list, std::string_view text) {
  return list.is_array() && std::find(list.begin(), list.end(), Json(text)) != list.end();
}

std::string document_uri(const Json& params) {
  return params.at("textDocument").at("uri").get<std::string>();
}

}  // namespace

void Server::receive(const BadMessage& message) {
  send_(error_message(nullptr, message.code, message.text));
}

void Server::receive(const Json& message) {
  if (!message.is_object()) {
    send_(error_message(nullptr, ErrorCode::invalid_request, "a message is an object"));
    return;
  }
  const auto id = message.find("id");
  const bool has_id = id != message.end();
  const auto method = message.find("method");
  if (method == message.end() && (message.contains("result") || message.contains("error"))) {
    return;  // an answer: nothing was asked
  }
  const bool good_id = !has_id || id->is_number_integer() || id->is_string();
  if (method == message.end() || !method->is_string() || !good_id) {
    send_(error_message(has_id && good_id ? *id : Json(nullptr), ErrorCode::invalid_request, "this is no request"));
    return;
  }
  const Json params = message.value("params", Json::object());
  if (has_id) {
    request(*id, method->get<std::string>(), params);
  } else {
    try {
      notify(method->get<std::string>(), params);
    } catch (const std::exception& error) {  // there is nobody to answer to
      std::cerr << "cipc lsp: " << method->get<std::string>() << ": " << error.what() << "\n";
    }
  }
}

void Server::request(const Json& id, const std::string& method, const Json& params) {
  if (state_ == State::starting && method != "initialize") {
    send_(error_message(id, ErrorCode::server_not_initialized, "the first request is initialize"));
    return;
  }
  if (state_ == State::shut_down || (state_ == State::running && method == "initialize")) {
    send_(error_message(id, ErrorCode::invalid_request,
                        state_ == State::running ? "initialize comes once" : "the server has been shut down"));
    return;
  }
  try {
    send_(result_message(id, answer(method, params)));
  } catch (const UnknownMethod&) {
    send_(error_message(id, ErrorCode::method_not_found, "no method is named " + method));
  } catch (const Json::exception& error) {
    send_(error_message(id, ErrorCode::invalid_params, error.what()));
  } catch (const std::invalid_argument& error) {
    send_(error_message(id, ErrorCode::invalid_params, error.what()));
  } catch (const std::exception& error) {
    send_(error_message(id, ErrorCode::internal_error, error.what()));
  }
}

Json Server::answer(const std::string& method, const Json& params) {
  if (method == "initialize") {
    return initialize(params);
  }
  if (method == "shutdown") {
    state_ = State::shut_down;
    return nullptr;
  }
  if (method == "textDocument/definition") {
    return at_place(params, definition);
  }
  if (method == "textDocument/hover") {
    return at_place(params, hover);
  }
  if (method == "textDocument/completion") {
    return at_place(params, completion);
  }
  if (method == "textDocument/documentSymbol") {
    return symbols(params);
  }
  if (method == "textDocument/formatting") {
    return format(params);
  }
  throw UnknownMethod{};
}

void Server::notify(const std::string& method, const Json& params) {
  if (method == "exit") {
    exit_ = state_ == State::shut_down ? 0 : 1;
    return;
  }
  if (state_ != State::running) {
    return;
  }
  if (method == "textDocument/didOpen") {
    open(params);
  } else if (method == "textDocument/didChange") {
    change(params);
  } else if (method == "textDocument/didClose") {
    close(params);
  } else if (method == "textDocument/didSave" || method == "workspace/didChangeWatchedFiles") {
    workspace_.refresh();
    publish();
  }
}

Json Server::initialize(const Json& params) {
  const Json text = get(params, {"capabilities", "textDocument"});
  // LSP 3.17: UTF-16 unless the client prefers something that the server has.
  const Json encodings = get(params, {"capabilities", "general", "positionEncodings"});
  client_.encoding = Encoding::utf16;
  for (const Json& encoding : encodings.is_array() ? encodings : Json::array()) {
    if (encoding == "utf-8" || encoding == "utf-16") {
      client_.encoding = encoding == "utf-8" ? Encoding::utf8 : Encoding::utf16;
      break;
    }
  }
  client_.related_information = flag(text, {"publishDiagnostics", "relatedInformation"});
  client_.snippets = flag(text, {"completion", "completionItem", "snippetSupport"});
  client_.markdown = contains(get(text, {"hover", "contentFormat"}), "markdown");
  client_.hierarchical_symbols = flag(text, {"documentSymbol", "hierarchicalDocumentSymbolSupport"});
  if (const Json root = get(params, {"rootUri"}); root.is_string()) {
    workspace_.add_root(path_of(root.get<std::string>()));
  }
  state_ = State::running;
  constexpr int incremental = 2;
  return {{"capabilities",
           {{"positionEncoding", client_.encoding == Encoding::utf8 ? "utf-8" : "utf-16"},
            {"textDocumentSync", {{"openClose", true}, {"change", incremental}, {"save", true}}},
            {"definitionProvider", true},
            {"hoverProvider", true},
            {"completionProvider", {{"triggerCharacters", {".", "\""}}}},
            {"documentSymbolProvider", true},
            {"documentFormattingProvider", true}}},
          {"serverInfo", {{"name", "cipc"}, {"version", CIP_VERSION}}}};
}

void Server::open(const Json& params) {
  const Json& document = params.at("textDocument");
  workspace_.open(document.at("uri").get<std::string>(), document.value("version", Json(nullptr)),
                  document.at("text").get<std::string>());
  publish();
}

void Server::change(const Json& params) {
  workspace_.change(document_uri(params), params.at("textDocument").value("version", Json(nullptr)),
                    params.at("contentChanges"), client_.encoding);
  publish();
}

void Server::close(const Json& params) {
  workspace_.close(document_uri(params));
  publish();
}

// Sends what is different from what the client shows: also that a file has nothing any more.
void Server::publish() {
  auto current = diagnostics_by_uri(workspace_, {client_.encoding, client_.related_information});
  for (const auto& [uri, shown] : published_) {
    current.emplace(uri, Json::array());
  }
  for (const auto& [uri, list] : current) {
    const Document* document = workspace_.find(uri);
    Json params{{"uri", uri}, {"diagnostics", list}};
    if (document != nullptr && document->version.is_number_integer()) {
      params["version"] = document->version;
    }
    const auto before = published_.find(uri);
    const bool news = before == published_.end() ? document != nullptr || !list.empty() : before->second != params;
    if (news) {
      send_(notification("textDocument/publishDiagnostics", params));
    }
    if (document == nullptr && list.empty()) {
      published_.erase(uri);
    } else {
      published_[uri] = std::move(params);
    }
  }
}

Json Server::at_place(const Json& params, Json (*feature)(const Request&)) const {
  const std::string uri = document_uri(params);
  const Position position = position_from(params.at("position"));
  const auto view = workspace_.view(uri);
  if (!view) {
    throw std::invalid_argument("the document is not open: " + uri);
  }
  const auto offset = view->analysis->lines(view->source).offset(position, client_.encoding);
  return feature({workspace_, *view, static_cast<std::uint32_t>(offset), client_});
}

Json Server::symbols(const Json& params) const {
  const std::string uri = document_uri(params);
  const auto view = workspace_.view(uri);
  if (!view) {
    throw std::invalid_argument("the document is not open: " + uri);
  }
  return document_symbols(*view, uri, client_);
}

Json Server::format(const Json& params) const {
  const std::string uri = document_uri(params);
  const Document* document = workspace_.find(uri);
  if (document == nullptr) {
    throw std::invalid_argument("the document is not open: " + uri);
  }
  return formatting(*document, client_.encoding);
}

int serve(int input, int output) {
  std::signal(SIGPIPE, SIG_IGN);  // an editor that is gone is the end of the input, too
  bool lost = false;
  Server server([&](const Json& message) { lost = lost || !send(output, message); });
  Input messages(input);
  while (!server.exit_code() && !lost) {
    const auto received = messages.receive();
    if (std::holds_alternative<EndOfInput>(received)) {
      break;
    }
    if (const auto* bad = std::get_if<BadMessage>(&received)) {
      server.receive(*bad);
    } else {
      server.receive(std::get<Json>(received));
    }
  }
  return server.exit_code().value_or(1);
}

}  // namespace cip::lsp
