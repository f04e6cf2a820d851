#include "tests/unit/ipsec/fake_charon.h"

#include <poll.h>
#include <regex>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace cip::test {

using ipsec::Message;

namespace {

bool receive_all(int socket, std::string& bytes) {
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto got = ::recv(socket, bytes.data() + size, bytes.size() - size, 0);
    if (got <= 0) {
      return false;
    }
    size += static_cast<std::size_t>(got);
  }
  return true;
}

void send_packet(int socket, const std::string& body) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    bytes += static_cast<char>(body.size() >> shift & 0xffU);
  }
  bytes += body;
  ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string without_digests(const std::string& text) {
  static const std::regex digest("(cip:[^ :]+):[0-9a-f]{8}\\b");
  return std::regex_replace(text, digest, "$1");
}

std::vector<std::string> names(const auto& map) {
  std::vector<std::string> result;
  for (const auto& [name, unused] : map) {
    result.push_back(name);
  }
  return result;
}

}  // namespace

FakeCharon::FakeCharon(const std::filesystem::path& socket) : path_(socket) {
  ::unlink(socket.c_str());
  listener_ = FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 4) != 0) {
    throw std::runtime_error("cannot listen on " + socket.string());
  }
  server_ = std::thread([this] { serve(); });
}

FakeCharon::~FakeCharon() {
  stop_ = true;
  server_.join();
  ::unlink(path_.c_str());
}

std::vector<std::string> FakeCharon::told() {
  const std::lock_guard lock(mutex);
  return std::exchange(told_, {});
}

// One client at a time.
void FakeCharon::serve() {
  FileDescriptor client;
  while (!stop_) {
    pollfd ready{.fd = client ? client.get() : listener_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 5) <= 0) {
      continue;
    }
    if (!client) {
      client = FileDescriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      continue;
    }
    char byte = 0;
    if (::recv(client.get(), &byte, 1, MSG_PEEK) <= 0) {
      client = FileDescriptor();
      continue;
    }
    answer(client.get());
  }
}

void FakeCharon::answer(int client) {
  std::string head(4, '\0');
  if (!receive_all(client, head)) {
    return;
  }
  std::size_t size = 0;
  for (const char c : head) {
    size = size << 8U | static_cast<unsigned char>(c);
  }
  std::string body(size, '\0');
  if (!receive_all(client, body)) {
    return;
  }
  const auto length = static_cast<unsigned char>(body.at(1));
  const auto name = body.substr(2, length);
  if (body[0] == 3 || body[0] == 4) {
    send_packet(client, "\x05");
    return;
  }
  const auto arguments = ipsec::decode(std::string_view(body).substr(2U + length));
  std::vector<Message> things;
  const auto result = carry_out(name, *arguments, things);
  const std::string event = name == "list-sas" ? "list-sa" : "list-policy";
  for (const auto& thing : things) {
    send_packet(client, "\x07" + std::string(1, static_cast<char>(event.size())) + event + ipsec::encode(thing));
  }
  send_packet(client, "\x01" + ipsec::encode(result));
}

Message FakeCharon::carry_out(const std::string& command, const Message& arguments, std::vector<Message>& things) {
  const std::lock_guard lock(mutex);
  const auto text = [&](const char* key) { return std::string(arguments.value(key)); };
  const auto ok = Message().set("success", "yes");
  if (command == "get-conns") {
    return Message().set_list("conns", names(connections));
  }
  if (command == "get-shared") {
    return Message().set_list("keys", names(shared));
  }
  if (command == "get-keys") {
    return Message().set_list("keys", names(keys));
  }
  if (command == "list-policies") {
    for (const auto& [ike, child] : traps) {
      things.push_back(Message().set_section(ike + "/" + child,
                                             Message().set("ike", ike).set("child", child).set("mode", "TUNNEL")));
    }
    return {};
  }
  if (command == "list-sas") {
    for (const auto& [id, sa] : sas) {
      Message children;
      for (const auto& [child, state] : sa.children) {
        children.set_section(child + "-1", Message().set("name", child).set("state", state));
      }
      things.push_back(Message().set_section(sa.name, Message()
                                                          .set("uniqueid", std::to_string(id))
                                                          .set("state", sa.state)
                                                          .set("responder-spi", sa.answered ? "01" : "00")
                                                          .set_section("child-sas", children)));
    }
    return {};
  }
  const auto refusal = refusals.find(command);
  const auto note = [&](const std::string& what) {
    told_.push_back(command + " " + without_digests(what) + (refusal == refusals.end() ? "" : " (refused)"));
    return refusal == refusals.end();
  };
  const auto refused = [&] { return Message().set("success", "no").set("errmsg", refusals[command]); };
  if (command == "load-conn") {
    const auto& [name, connection] = arguments.sections.at(0);
    if (!note(name)) {
      return refused();
    }
    connections[name] = connection;
  } else if (command == "unload-conn") {
    note(text("name"));
    connections.erase(text("name"));
  } else if (command == "load-shared") {
    if (!note(text("id"))) {
      return refused();
    }
    shared[text("id")] = text("data");
  } else if (command == "unload-shared") {
    note(text("id"));
    shared.erase(text("id"));
  } else if (command == "load-key") {
    const auto id = "key:" + text("data");
    if (!note(id)) {
      return refused();
    }
    keys[id] = text("data");
    return Message().set("success", "yes").set("id", id);
  } else if (command == "unload-key") {
    note(text("id"));
    keys.erase(text("id"));
  } else if (command == "install") {
    note(text("ike") + " " + text("child"));
    traps.emplace(text("ike"), text("child"));
  } else if (command == "uninstall") {
    note(text("ike") + " " + text("child"));
    traps.erase({text("ike"), text("child")});
  } else if (command == "initiate") {
    note(text("ike") + " " + text("child"));
    if (!ike_state.empty()) {
      sas[++last_sa_] = {text("ike"), ike_state, {}, answered};
      if (!child_state.empty()) {
        sas[last_sa_].children[text("child")] = child_state;
      }
    }
  } else if (command == "terminate") {
    if (!text("ike").empty()) {
      note(text("ike"));
      std::erase_if(sas, [&](const auto& each) { return each.second.name == text("ike"); });
      return ok;
    }
    const int id = std::atoi(text("ike-id").c_str());
    note(sas.count(id) != 0 ? sas[id].name : "nothing");
    sas.erase(id);
  } else {
    note("?");
  }
  return ok;
}

}  // namespace cip::test
