#include "reconciler/ipsec/charon.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <iterator>
#include <openssl/crypto.h>
#include <utility>

#include "reconciler/ipsec/secret.h"
#include "state/digest.h"
#include "state/file.h"

namespace cip::ipsec {
namespace {

constexpr std::size_t largest_certificate = 60000;  // bytes; a value of vici has at most 65,535
constexpr std::size_t name_digest = 8;              // hex digits

bool is_ours(std::string_view name) {
  return name.starts_with(our_prefix);
}

// charon's states of a CHILD_SA in which it is in the kernel.
bool carries_traffic(std::string_view state) {
  return state == "INSTALLED" || state == "UPDATING" || state == "REKEYING";
}

bool is_begun(std::string_view state) {
  return state == "CREATED" || state == "CONNECTING";
}

std::set<std::string> set_of(const std::vector<std::string>& list) {
  return {list.begin(), list.end()};
}

// All that charon is told of it, but what is in files.
std::string source_of(const Connection& connection) {
  auto source = encode(connection.text);
  if (const auto* shared = std::get_if<PresharedKey>(&connection.auth)) {
    source += fmt::format("\n{}\n{}", shared->file, fmt::join(shared->owners, "\n"));
  } else {
    const auto& certificate = std::get<Certificate>(connection.auth);
    source += fmt::format("\n{}\n{}", certificate.file, certificate.key_file);
  }
  return source;
}

ConnectionReport report_of(const Connection& connection, ConnectionState state) {
  return {connection.name, connection.local, connection.remote, state, 0, connection.protections.size(), {}};
}

// A message that holds a secret, which is wiped with it.
class WithSecret {
 public:
  explicit WithSecret(const Secret& secret) { message.set("data", std::string(secret.bytes())); }
  ~WithSecret() {
    auto& data = message.values.front().second;
    OPENSSL_cleanse(data.data(), data.size());
  }
  WithSecret(const WithSecret&) = delete;
  WithSecret& operator=(const WithSecret&) = delete;

  Message message;
};

}  // namespace

std::string charon_name(const Connection& connection) {
  return fmt::format("{}{}:{}", our_prefix, connection.name,
                     Digest::of(source_of(connection)).str().substr(0, name_digest));
}

std::string_view name(ConnectionState state) {
  switch (state) {
    case ConnectionState::unknown:
      return "UNKNOWN";
    case ConnectionState::refused:
      return "REFUSED";
    case ConnectionState::away:
      return "AWAY";
    case ConnectionState::idle:
      return "IDLE";
    case ConnectionState::negotiating:
      return "NEGOTIATING";
    case ConnectionState::up:
      return "UP";
  }
  return "?";
}

Charon::Charon(std::filesystem::path socket, std::chrono::milliseconds limit)
    : socket_(std::move(socket)), limit_(limit) {}

Report Charon::pass(const std::vector<Connection>& wanted, const std::set<IpAddress>& here, Clock::time_point now) {
  std::string why;
  // A connection that was lost since the last pass is no news if another one is there at once.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const bool fresh = !vici_;
    auto report = try_pass(wanted, here, now);
    if (report) {
      return std::move(*report);
    }
    vici_.reset();
    why = report.error().message;
    if (fresh) {
      break;
    }
  }
  Report report;
  report.absent = why;
  for (const auto& connection : wanted) {
    report.connections.push_back(report_of(connection, ConnectionState::unknown));
  }
  return report;
}

Result<Report> Charon::try_pass(const std::vector<Connection>& wanted, const std::set<IpAddress>& here,
                                Clock::time_point now) {
  if (!vici_) {
    auto vici = Vici::connect(socket_, limit_);
    if (!vici) {
      return vici.error();
    }
    vici_ = std::move(*vici);
    // Another charon, perhaps: it knows nothing of what the last one was told. What it has by us is found again.
    loaded_.clear();
    arrivals_.clear();
  }
  auto observed = observe();
  if (!observed) {
    return observed.error();
  }
  std::vector<std::string> names;
  names.reserve(wanted.size());
  std::transform(wanted.begin(), wanted.end(), std::back_inserter(names), charon_name);
  if (const auto done = unload_others(names, *observed); !done) {
    return done.error();
  }
  Report report;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& connection = wanted[i];
    const auto& name = names[i];
    auto row = report_of(connection, ConnectionState::away);
    auto problem = load(connection, name, *observed);
    if (!problem) {
      return problem.error();
    }
    row.problem = std::move(*problem);
    Result<void> done;
    if (loaded_.count(name) == 0) {
      row.state = ConnectionState::refused;
      done = end(name, *observed);
    } else if (here.count(connection.local) == 0) {
      done = end(name, *observed);
    } else {
      done = negotiate(connection, name, *observed, now, row, report.again);
    }
    if (!done) {
      return done.error();
    }
    report.connections.push_back(std::move(row));
  }
  if (const auto done = unload_unused_keys(*observed); !done) {
    return done.error();
  }
  reread_ = false;
  return report;
}

Result<Message> Charon::ask(std::string_view command, const Message& arguments, std::string* words) {
  auto answer = vici_->request(command, arguments);
  if (!answer && answer.error().code != ErrorCode::system) {
    if (words != nullptr) {
      *words = answer.error().message.empty() ? "it does not say why" : answer.error().message;
    }
    return Message{};
  }
  return answer;
}

// --------------------------------------------------------------------------------------------------------- observed

Result<Charon::Observed> Charon::observe() {
  Observed observed;
  const std::pair<const char*, std::pair<const char*, std::set<std::string>*>> lists[] = {
      {"get-conns", {"conns", &observed.connections}},
      {"get-shared", {"keys", &observed.shared}},
      {"get-keys", {"keys", &observed.keys}}};
  for (const auto& [command, list] : lists) {
    const auto answer = ask(command, {});
    if (!answer) {
      return answer.error();
    }
    *list.second = set_of(answer->list(list.first));
  }
  Message only_traps;
  only_traps.set("trap", "yes");
  const auto traps = vici_->list("list-policies", "list-policy", only_traps);
  if (!traps) {
    return traps.error();
  }
  for (const auto& message : *traps) {
    for (const auto& [unused, policy] : message.sections) {
      if (is_ours(policy.value("ike"))) {
        observed.traps[std::string(policy.value("ike"))].emplace(policy.value("child"));
      }
    }
  }
  Message without_waiting;
  without_waiting.set("noblock", "yes");
  const auto sas = vici_->list("list-sas", "list-sa", without_waiting);
  if (!sas) {
    return sas.error();
  }
  for (const auto& message : *sas) {
    for (const auto& [ike, section] : message.sections) {
      if (!is_ours(ike)) {
        continue;
      }
      const bool answered = section.value("responder-spi").find_first_not_of('0') != std::string_view::npos;
      Sa sa{std::string(section.value("uniqueid")), std::string(section.value("state")), answered, {}};
      if (const auto* children = section.section("child-sas")) {
        for (const auto& [unused, child] : children->sections) {
          auto& carries = sa.children[std::string(child.value("name"))];
          carries = carries || carries_traffic(child.value("state"));
        }
      }
      observed.sas[ike].push_back(std::move(sa));
    }
  }
  return observed;
}

// ----------------------------------------------------------------------------------------------------------- loaded

// Also what has another name because it has changed: what was agreed on is another thing.
Result<void> Charon::unload_others(const std::vector<std::string>& wanted, Observed& observed) {
  std::set<std::string> gone;
  for (const auto* list : {&observed.connections, &observed.shared}) {
    std::copy_if(list->begin(), list->end(), std::inserter(gone, gone.end()), is_ours);
  }
  for (const auto& [name, traps] : observed.traps) {
    gone.insert(name);
  }
  for (const auto& [name, sas] : observed.sas) {
    gone.insert(name);
  }
  for (const auto& name : wanted) {
    gone.erase(name);
  }
  for (const auto& name : gone) {
    if (const auto done = unload(name, observed); !done) {
      return done.error();
    }
  }
  return {};
}

Result<void> Charon::unload(const std::string& name, Observed& observed) {
  if (const auto ended = end(name, observed); !ended) {
    return ended.error();
  }
  if (observed.connections.count(name) != 0) {
    Message which;
    which.set("name", name);
    if (const auto done = ask("unload-conn", which); !done) {
      return done.error();
    }
  }
  if (observed.shared.count(name) != 0) {
    Message which;
    which.set("id", name);
    if (const auto done = ask("unload-shared", which); !done) {
      return done.error();
    }
  }
  loaded_.erase(name);
  observed.connections.erase(name);
  observed.shared.erase(name);
  return {};
}

Result<void> Charon::unload_unused_keys(const Observed& observed) {
  std::set<std::string> used;
  for (const auto& [name, loaded] : loaded_) {
    used.insert(loaded.key);
  }
  for (const auto& mark : observed.shared) {
    if (!mark.starts_with(key_mark)) {
      continue;
    }
    const auto key = mark.substr(key_mark.size());
    if (used.count(key) != 0) {
      continue;
    }
    for (const auto& [command, id] : {std::pair("unload-key", key), {"unload-shared", mark}}) {
      Message which;
      which.set("id", id);
      if (const auto done = ask(command, which); !done) {
        return done.error();
      }
    }
  }
  return {};
}

// What charon or a file refuses; empty: nothing. It is in loaded_ if charon has it.
Result<std::string> Charon::load(const Connection& connection, const std::string& name, Observed& observed) {
  const auto* certificate = std::get_if<Certificate>(&connection.auth);
  if (observed.connections.count(name) == 0) {
    loaded_.erase(name);
  }
  const auto before = loaded_.find(name);
  const bool known = before != loaded_.end();
  Loaded loaded = known ? before->second : Loaded{connection.name, {}, {}, {}};
  Message text = connection.text;
  if (certificate != nullptr && (!known || reread_)) {
    const auto content = read_file(certificate->file, largest_certificate);
    if (!content) {
      return fmt::format("certificate {}", content.error().message);
    }
    for (auto& [section, settings] : text.sections) {
      if (section == "local") {
        settings.set_list("certs", {*content});
      }
    }
    loaded.certificate = Digest::of(*content).str();
  }
  auto problem = load_secret(connection, name, observed, loaded);
  if (!problem || !problem->empty()) {
    return problem;
  }
  if (!known || before->second.certificate != loaded.certificate) {
    Message whole;
    whole.set_section(name, std::move(text));
    std::string words;
    if (const auto answer = ask("load-conn", whole, &words); !answer) {
      return answer.error();
    }
    if (!words.empty()) {
      return fmt::format("charon refuses it: {}", words);
    }
  }
  loaded_.insert_or_assign(name, std::move(loaded));
  return std::string();
}

// A secret is read only if it has to be handed over, or if somebody says that it has changed.
Result<std::string> Charon::load_secret(const Connection& connection, const std::string& name, Observed& observed,
                                        Loaded& loaded) {
  const auto* shared = std::get_if<PresharedKey>(&connection.auth);
  const bool there = shared != nullptr ? observed.shared.count(name) != 0 : observed.keys.count(loaded.key) != 0;
  if (there && !loaded.secret.empty() && !reread_) {
    return std::string();
  }
  const auto secret = shared != nullptr ? read_preshared_key(shared->file)
                                        : read_private_key(std::get<Certificate>(connection.auth).key_file);
  if (!secret) {
    return secret.error().message;
  }
  const auto digest = Digest::of(secret->bytes()).str();
  if (there && loaded.secret == digest) {
    return std::string();
  }
  WithSecret request(*secret);
  std::string words;
  if (shared != nullptr) {
    request.message.set("id", name);
    request.message.set("type", "IKE");
    request.message.set_list("owners", shared->owners);
  } else {
    request.message.set("type", "any");
  }
  const auto answer = ask(shared != nullptr ? "load-shared" : "load-key", request.message, &words);
  if (!answer) {
    return answer.error();
  }
  if (!words.empty()) {
    return fmt::format("charon refuses its secret: {}", words);
  }
  if (shared == nullptr) {
    loaded.key = answer->value("id");
    // One that somebody else has loaded, too, stays when we unload.
    if (observed.keys.insert(loaded.key).second) {
      if (const auto marked = mark(loaded.key, observed); !marked) {
        return marked.error();
      }
    }
  }
  loaded.secret = digest;
  return std::string();
}

Result<void> Charon::mark(const std::string& key, Observed& observed) {
  const auto id = std::string(key_mark) + key;
  Message mark;
  mark.set("id", id).set("type", "PPK").set("data", "none").set_list("owners", {id});
  if (const auto done = ask("load-shared", mark); !done) {
    return done.error();
  }
  observed.shared.insert(id);
  return {};
}

// -------------------------------------------------------------------------------------------------------------- SAs

// Nothing of it is to be negotiated here.
Result<void> Charon::end(const std::string& name, Observed& observed) {
  arrivals_.erase(name);
  for (const auto& protection : observed.traps[name]) {
    if (const auto done = uninstall(name, protection); !done) {
      return done.error();
    }
  }
  observed.traps.erase(name);
  for (const auto& sa : observed.sas[name]) {
    if (const auto done = terminate(sa.id); !done) {
      return done.error();
    }
  }
  observed.sas.erase(name);
  return {};
}

// The other end is told, if it can be reached; nobody waits for its answer.
Result<void> Charon::terminate(const std::string& id) {
  Message which;
  which.set("ike-id", id).set("force", "yes").set("timeout", "-1");
  const auto done = ask("terminate", which);
  return done ? Result<void>() : done.error();
}

void Charon::end_now(const std::vector<std::string>& connections) {
  for (const auto& [name, loaded] : loaded_) {
    if (std::find(connections.begin(), connections.end(), loaded.connection) == connections.end()) {
      continue;
    }
    Message which;
    which.set("ike", name).set("force", "yes").set("timeout", "-1");
    if (!vici_ || !ask("terminate", which)) {
      return;
    }
  }
}

Result<void> Charon::initiate(const std::string& name, const std::string& protection) {
  Message what;
  what.set("child", protection).set("ike", name).set("timeout", "-1");
  const auto done = ask("initiate", what);
  return done ? Result<void>() : done.error();
}

Result<void> Charon::install(const Connection& connection, const std::string& name, const Observed& observed) {
  const auto traps = observed.traps.find(name);
  for (const auto& protection : connection.protections) {
    const bool there = traps != observed.traps.end() && traps->second.count(protection.name) != 0;
    const bool wanted = protection.start != StartAction::none;
    if (there && !wanted) {
      if (const auto done = uninstall(name, protection.name); !done) {
        return done.error();
      }
    }
    if (there || !wanted) {
      continue;
    }
    Message trap;
    trap.set("child", protection.name).set("ike", name);
    if (const auto done = ask("install", trap); !done) {
      return done.error();
    }
  }
  return {};
}

Result<void> Charon::uninstall(const std::string& name, const std::string& protection) {
  Message trap;
  trap.set("child", protection).set("ike", name);
  const auto done = ask("uninstall", trap);
  return done ? Result<void>() : done.error();
}

// The other end may hold SAs with the CLIM that had the address before, and what it sends by those is lost here, so
// that no traffic of its own would ever start a negotiation. So one is begun for every address that arrives.
Result<void> Charon::negotiate(const Connection& connection, const std::string& name, Observed& observed,
                               Clock::time_point now, ConnectionReport& report, std::chrono::milliseconds& again) {
  if (const auto done = install(connection, name, observed); !done) {
    return done.error();
  }
  const auto& sas = observed.sas[name];
  std::vector<const Protection*> missing;  // that we have to do something about
  for (const auto& protection : connection.protections) {
    const bool up = std::any_of(sas.begin(), sas.end(), [&](const Sa& sa) {
      const auto child = sa.children.find(protection.name);
      return child != sa.children.end() && child->second;
    });
    report.up += up ? 1U : 0U;
    if (!up && protection.start != StartAction::none) {
      missing.push_back(&protection);
    }
  }
  const bool begun = std::any_of(sas.begin(), sas.end(), [](const Sa& sa) { return is_begun(sa.state); });
  const bool answered =
      std::any_of(sas.begin(), sas.end(), [](const Sa& sa) { return is_begun(sa.state) && sa.answered; });
  auto& arrival = arrivals_.try_emplace(name, Arrival{0, now}).first->second;
  constexpr auto quick = std::size(quick_retries);
  report.state = report.up == report.protections ? ConnectionState::up
                 : begun                         ? ConnectionState::negotiating
                                                 : ConnectionState::idle;
  if (missing.empty()) {
    if (report.up > 0) {
      arrival = {quick + 1, now};  // it has arrived
    }
    return {};
  }
  const bool arriving = arrival.attempts <= quick;
  const bool always = std::any_of(missing.begin(), missing.end(),
                                  [](const Protection* each) { return each->start == StartAction::start; });
  if (!arriving && !always) {
    return {};
  }
  report.state = ConnectionState::negotiating;
  if (now < arrival.next) {
    again = std::min(again, std::chrono::ceil<std::chrono::milliseconds>(arrival.next - now));
    return {};
  }
  if (answered) {
    return {};
  }
  // What traffic has begun just now is as good as ours; later it is too slow.
  const bool too_slow = begun && arriving && arrival.attempts > 0;
  if (too_slow) {
    for (const auto& sa : sas) {
      if (!is_begun(sa.state)) {
        continue;
      }
      if (const auto done = terminate(sa.id); !done) {
        return done.error();
      }
    }
  }
  if (!begun || too_slow) {
    for (const auto* protection : missing) {
      if (!arriving && protection->start != StartAction::start) {
        continue;
      }
      if (const auto done = initiate(name, protection->name); !done) {
        return done.error();
      }
    }
  }
  const auto pause = arrival.attempts < quick ? Clock::duration(quick_retries[arrival.attempts]) : slow_retry;
  arrival = {arrival.attempts + 1, now + pause};
  again = std::min(again, std::chrono::ceil<std::chrono::milliseconds>(pause));
  return {};
}

}  // namespace cip::ipsec
