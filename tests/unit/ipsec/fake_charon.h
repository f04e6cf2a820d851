// A charon that is none: a vici server that keeps what it is told, and knows no cryptography. What really happens on a
// wire is shown by tests/lab/test_lab_ipsec.cpp.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "reconciler/ipsec/vici_message.h"
#include "state/file.h"

namespace cip::test {

class FakeCharon {
 public:
  explicit FakeCharon(const std::filesystem::path& socket);
  FakeCharon(const FakeCharon&) = delete;
  FakeCharon& operator=(const FakeCharon&) = delete;
  ~FakeCharon();

  // What was asked for since the last call: "load-conn cip:a", "initiate cip:a a-1". Without questions, and without the
  // digests in names of ours.
  std::vector<std::string> told();

  struct Sa {
    std::string name;  // of the connection
    std::string state = "ESTABLISHED";
    std::map<std::string, std::string> children{};  // by name, its state
    bool answered = true;                           // there is an SPI of the other end
  };
  // The rest is used under this lock.
  std::mutex mutex;
  std::map<std::string, ipsec::Message> connections;  // as loaded
  std::map<std::string, std::string> shared;          // by id
  std::map<std::string, std::string> keys;            // by id, which is "key:" and the key
  std::set<std::pair<std::string, std::string>> traps;
  std::map<int, Sa> sas;
  std::map<std::string, std::string> refusals;  // by command: what it says
  // What becomes of an SA that is initiated.
  std::string ike_state = "ESTABLISHED", child_state = "INSTALLED";
  bool answered = true;

 private:
  void serve();
  void answer(int client);
  ipsec::Message carry_out(const std::string& command, const ipsec::Message& arguments,
                           std::vector<ipsec::Message>& things);

  std::filesystem::path path_;
  FileDescriptor listener_;
  std::atomic<bool> stop_{false};
  std::vector<std::string> told_;
  int last_sa_ = 0;
  std::thread server_;
};

}  // namespace cip::test
