// A client of charon's control interface, vici, over its Unix socket (strongSwan's
// src/libcharon/plugins/vici/README.md; Debian has no library for it). Calls block, each for at most the limit: use it
// where that harms nobody.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/ipsec/vici_message.h"
#include "state/file.h"
#include "state/result.h"

namespace cip::ipsec {

class Vici {
 public:
  static constexpr std::chrono::seconds default_limit{5};  // for each step of a call

  // Errors: system, "PATH: No such file or directory".
  static Result<Vici> connect(const std::filesystem::path& socket, std::chrono::milliseconds limit = default_limit);

  // Errors: invalid if charon refuses, in its words; system if the connection is of no more use.
  Result<Message> request(std::string_view command, const Message& arguments = {});

  // A command that answers by events of that name, one for each thing of a list.
  Result<std::vector<Message>> list(std::string_view command, std::string_view event, const Message& arguments = {});

 private:
  struct Packet {
    std::uint8_t type = 0;
    Message message;
  };
  explicit Vici(FileDescriptor socket) : socket_(std::move(socket)) {}
  Result<void> send(std::uint8_t type, std::string_view name, const Message* message);
  Result<Packet> receive();
  Result<void> listen_to(std::string_view event, bool on);

  FileDescriptor socket_;
};

}  // namespace cip::ipsec
