// Keeps strongSwan's IKE daemon, charon, at what a CLIM's connections say. One kind of pass: what charon has is read,
// and what differs is changed. It is repeated (Report::again), so that nothing has to be known of what happened
// between: a charon that was started again is loaded anew, connections that somebody unloaded are loaded again.
//
// Ours are the connections and shared keys whose names begin with our prefix; all else in charon is left alone. A
// connection is always loaded. Its traps are installed and its SAs negotiated while its local address is in our kernel,
// and deleted when it is not: SAs are never copied (domain.md, R9).
//
// Nothing has to be remembered to know what a cipd before this one has loaded: a connection that has changed since has
// another name in charon, and a private key of ours is marked there.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/ipsec/connections.h"
#include "reconciler/ipsec/vici.h"

namespace cip::ipsec {

// Before the name of the section. An administrator's own connections are called otherwise.
inline constexpr std::string_view our_prefix = "cip:";
// charon names a private key after itself. For one of ours there is a shared key, which nobody can use, of this name
// and the key's: it is there for as long as the key is, as who removes all keys removes both.
inline constexpr std::string_view key_mark = "cip-key:";

// What it is called in charon: "cip:partner:0f4a8b12". The end is a digest of all that its SAs depend on but for what
// is in files.
std::string charon_name(const Connection& connection);

enum class ConnectionState : std::uint8_t {
  unknown,      // charon does not answer
  refused,      // it is not in charon, see its problem
  away,         // its local address is not here
  idle,         // it is here, and has no SAs: they are negotiated on traffic, or by the other end
  negotiating,  // some SAs are missing, and are being negotiated
  up,           // every protection has SAs
};
std::string_view name(ConnectionState state);  // "UNKNOWN", "REFUSED", "AWAY", "IDLE", "NEGOTIATING", "UP"

struct ConnectionReport {
  std::string name;
  IpAddress local;
  IpAddress remote;
  ConnectionState state = ConnectionState::unknown;
  std::size_t up = 0;           // protections with SAs
  std::size_t protections = 0;  // all
  std::string problem;          // a sentence; empty: none
};

struct Report {
  std::optional<std::string> absent;  // why charon does not answer; nothing: it does
  std::vector<ConnectionReport> connections;
  std::vector<std::string> problems;      // of nobody's connection
  std::chrono::milliseconds again{1000};  // when the next pass is due
};

class Charon {
 public:
  using Clock = std::chrono::steady_clock;

  // Its vici socket. `limit` as Vici::connect has it.
  explicit Charon(std::filesystem::path socket, std::chrono::milliseconds limit = Vici::default_limit);

  // Blocks as long as charon does not answer, at most a few times the limit. `here`: the addresses in our kernel.
  Report pass(const std::vector<Connection>& wanted, const std::set<IpAddress>& here, Clock::time_point now);

  // Before a pass, and faster: ends the SAs of these connections, as their addresses are about to go. What fails is
  // done by the pass.
  void end_now(const std::vector<std::string>& connections);

  // The next pass reads all secrets and certificates again, and hands over what has changed.
  void read_files_again() { reread_ = true; }

  // How long the first packet of a negotiation may be without an answer before it is begun again: those that are sent
  // while an address moves are lost more easily than others, and charon would repeat it after 4 s. A negotiation that
  // is further is never given up: the other end may have SAs of it already, and would use them.
  static constexpr std::chrono::milliseconds quick_retries[] = {
      std::chrono::milliseconds(500), std::chrono::milliseconds(1000), std::chrono::milliseconds(2000)};
  // Then, for those that are to be up always.
  static constexpr std::chrono::seconds slow_retry{10};

 private:
  struct Sa {
    std::string id;  // charon's unique number
    std::string state;
    bool answered = false;                 // the other end has answered the first packet
    std::map<std::string, bool> children;  // by protection; whether it carries traffic
  };
  // Connections are called what charon calls them, here and below.
  struct Observed {
    std::set<std::string> connections;                   // of all of vici
    std::set<std::string> shared;                        // ids of shared keys, the same
    std::set<std::string> keys;                          // ids of private keys, the same
    std::map<std::string, std::set<std::string>> traps;  // of ours, by connection: protections
    std::map<std::string, std::vector<Sa>> sas;          // of ours, by connection
  };
  // What is in this charon by us.
  struct Loaded {
    std::string connection;   // its name without what charon_name() adds
    std::string certificate;  // digest
    std::string secret;       // digest
    std::string key;          // id of its private key
  };
  // Of a connection whose local address is here.
  struct Arrival {
    std::size_t attempts = 0;
    Clock::time_point next;
  };

  Result<Report> try_pass(const std::vector<Connection>& wanted, const std::set<IpAddress>& here,
                          Clock::time_point now);
  Result<Observed> observe();
  Result<void> unload_others(const std::vector<std::string>& wanted, Observed& observed);
  Result<void> unload(const std::string& name, Observed& observed);
  Result<void> unload_unused_keys(const Observed& observed);
  Result<std::string> load(const Connection& connection, const std::string& name, Observed& observed);
  Result<std::string> load_secret(const Connection& connection, const std::string& name, Observed& observed,
                                  Loaded& loaded);
  Result<void> mark(const std::string& key, Observed& observed);
  Result<void> end(const std::string& name, Observed& observed);
  Result<void> install(const Connection& connection, const std::string& name, const Observed& observed);
  Result<void> uninstall(const std::string& name, const std::string& protection);
  Result<void> negotiate(const Connection& connection, const std::string& name, Observed& observed,
                         Clock::time_point now, ConnectionReport& report, std::chrono::milliseconds& again);
  Result<void> initiate(const std::string& connection, const std::string& protection);
  Result<void> terminate(const std::string& id);
  // What charon refuses is no reason to stop; a connection to it that is lost is. `words`: where its words go.
  Result<Message> ask(std::string_view command, const Message& arguments, std::string* words = nullptr);

  std::filesystem::path socket_;
  std::chrono::milliseconds limit_;
  std::optional<Vici> vici_;
  bool reread_ = false;
  std::map<std::string, Loaded> loaded_;     // by connection
  std::map<std::string, Arrival> arrivals_;  // the same
};

}  // namespace cip::ipsec
