// The control socket: what is said on it, and clients that are careless or
// hostile.
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include "reconciler/daemon/control_client.h"
#include "reconciler/daemon/control_protocol.h"
#include "reconciler/daemon/control_server.h"
#include "tests/unit/daemon/temporary.h"

using namespace cip;
using namespace cip::daemon;
using nlohmann::json;

namespace {

Request example_request() {
  Request request;
  request.command = Command::switch_restore;
  request.target = "n1.eth1";
  request.provider = "blue";
  request.confirmed = true;
  request.force = true;
  return request;
}

std::string refusal(const std::string& line) {
  const auto request = parse_request(line);
  return request ? "" : request.error().message;
}

// A server whose loop turns on a thread of its own.
class Served {
 public:
  explicit Served(ControlServer::Handler handler) : socket_(temporary_.path() / "run" / "cipd.sock") {
    std::filesystem::create_directory(socket_.parent_path());
    auto made = ControlServer::listen(loop_, socket_, std::move(handler));
    REQUIRE(made);
    server_ = std::move(*made);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Served() {
    loop_.stop();
    thread_.join();
  }
  const std::filesystem::path& socket() const { return socket_; }

  // A client without manners.
  int connect() const {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const timeval limit{20, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
  }
  // What is answered to these bytes, until the server closes.
  std::string say(const std::string& bytes, bool no_more = false) const {
    const int fd = connect();
    for (std::size_t sent = 0; sent < bytes.size();) {
      const auto size = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (size <= 0) break;
      sent += static_cast<std::size_t>(size);
    }
    if (no_more) shutdown(fd, SHUT_WR);
    std::string answer;
    char buffer[4096];
    for (ssize_t size = 0; (size = recv(fd, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(size));
    }
    close(fd);
    return answer;
  }

 private:
  TemporaryDirectory temporary_;
  std::filesystem::path socket_;
  boost::asio::io_context loop_;
  std::unique_ptr<ControlServer> server_;
  std::thread thread_;
};

void echo(const Request& request, const std::shared_ptr<Asker>& asker) {
  if (request.target == "wrong") {
    asker->refuse({ErrorCode::not_found, "no such thing"});
  } else {
    asker->answer({{"target", request.target}});
  }
}

}  // namespace

TEST_CASE("requests come back from their line as they were", "[daemon][control]") {
  CHECK(*parse_request(to_line(Request{})) == Request{});
  CHECK(*parse_request(to_line(example_request())) == example_request());
  for (const auto command : {Command::status, Command::switch_failover, Command::switch_restore, Command::ifstop,
                             Command::ifstart, Command::events, Command::plan, Command::reload, Command::confirm,
                             Command::rollback, Command::resume, Command::shutdown}) {
    Request request;
    request.command = command;
    request.follow = true;
    request.after = 17;
    request.partial = true;
    request.confirm_within = 60;
    CHECK(*parse_request(to_line(request)) == request);
    CHECK_FALSE(name(command).empty());
  }
  // A name that is no UTF-8 must not throw.
  Request strange;
  strange.target = "\xff\xfe";
  CHECK(parse_request(to_line(strange)));
}

TEST_CASE("a request that is not understood is refused, not guessed", "[daemon][control]") {
  CHECK(refusal("").find("malformed") != std::string::npos);
  CHECK(refusal("[]").find("malformed") != std::string::npos);
  CHECK(refusal("{}").find("version") != std::string::npos);
  CHECK(refusal(R"({"version":2,"command":"status"})").find("version 2") != std::string::npos);
  CHECK(refusal(R"({"version":"1","command":"status"})").find("version") != std::string::npos);
  CHECK(refusal(R"({"version":1})").find("unknown command") != std::string::npos);
  CHECK(refusal(R"({"version":1,"command":"stauts"})").find("stauts") != std::string::npos);
  CHECK(refusal(R"({"version":1,"command":"switch"})").find("direction") != std::string::npos);
  CHECK(refusal(R"({"version":1,"command":"status","dry":true})").find("dry") != std::string::npos);
  CHECK(refusal(R"({"version":1,"command":"switch","direction":"failover","force":"no"})").find("force") !=
        std::string::npos);
  CHECK(refusal(R"({"version":1,"command":"events","after":-1})").find("after") != std::string::npos);
  CHECK(refusal(std::string(max_request_bytes + 1, ' ')).find("too long") != std::string::npos);
  CHECK_FALSE(refusal(std::string(max_request_bytes / 2, '[')).empty());
}

TEST_CASE("answers carry results and errors", "[daemon][control]") {
  const auto result = parse_reply(reply_line(json{{"a", 1}}));
  REQUIRE(result);
  CHECK((*result)["a"] == 1);
  for (const auto code : {ErrorCode::invalid, ErrorCode::not_found, ErrorCode::system}) {
    const auto error = parse_reply(reply_line(Error{code, "why"}));
    REQUIRE_FALSE(error);
    CHECK(error.error().code == code);
    CHECK(error.error().message == "why");
  }
  for (const auto* line :
       {"", "x", "{}", R"({"version":1})", R"({"version":1,"ok":true})", R"({"version":1,"ok":false})",
        R"({"version":1,"ok":true,"result":[]})", R"({"version":9,"ok":true,"result":{}})"}) {
    CAPTURE(line);
    const auto reply = parse_reply(line);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == ErrorCode::system);
  }
}

TEST_CASE(
    "a request is answered over the socket, and only root and its group "
    "may ask",
    "[daemon][control]") {
  const Served served(echo);
  struct stat status {};
  REQUIRE(stat(served.socket().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0660U);
  auto client = ControlClient::connect(served.socket());
  REQUIRE(client);
  REQUIRE(client->send(example_request()));
  const auto answer = client->receive(std::chrono::seconds(20));
  REQUIRE(answer);
  CHECK((*answer)["target"] == "n1.eth1");

  Request wrong;
  wrong.target = "wrong";
  auto again = ControlClient::connect(served.socket());
  REQUIRE(again);
  REQUIRE(again->send(wrong));
  const auto refused = again->receive(std::chrono::seconds(20));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::not_found);
  CHECK(refused.error().message == "no such thing");
}

TEST_CASE("what a client sends never harms the daemon", "[daemon][control]") {
  const Served served(echo);
  const auto ask_well = [&] { return served.say(to_line(example_request())); };
  CHECK(served.say("nonsense\n").find("malformed") != std::string::npos);
  CHECK(served.say(std::string(1 << 20, 'x')).find("too long") != std::string::npos);
  CHECK(served.say("{\"version\":1", true).empty());  // ends in the middle
  CHECK(served.say("", true).empty());
  CHECK(served.say(std::string("\0\0\0\n", 4)).find("malformed") != std::string::npos);
  std::mt19937 random(7);
  for (int i = 0; i < 50; ++i) {
    std::string noise(random() % 3000, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    served.say(noise + "\n", true);
  }
  // Several lines at once: one request for each connection.
  const auto twice = served.say(to_line(example_request()) + to_line(example_request()));
  CHECK(std::count(twice.begin(), twice.end(), '\n') == 1);
  // A client that leaves before it is answered.
  for (int i = 0; i < 20; ++i) {
    const int fd = served.connect();
    const auto line = to_line(example_request());
    REQUIRE(send(fd, line.data(), line.size(), MSG_NOSIGNAL) > 0);
    close(fd);
  }
  CHECK(ask_well().find("n1.eth1") != std::string::npos);
}

TEST_CASE("a daemon that is busy with clients says so", "[daemon][control]") {
  const Served served(echo);
  std::vector<int> idle;
  for (std::size_t i = 0; i < ControlServer::max_sessions; ++i) idle.push_back(served.connect());
  std::string answer;
  // The last of the idle ones may not have been accepted yet.
  for (int i = 0; i < 100 && answer.find("busy") == std::string::npos; ++i) answer = served.say(to_line(Request{}));
  CHECK(answer.find("busy") != std::string::npos);
  for (const int fd : idle) close(fd);
  for (int i = 0; i < 1000 && answer.find("busy") != std::string::npos; ++i) answer = served.say(to_line(Request{}));
  CHECK(answer.find("\"ok\":true") != std::string::npos);
}

TEST_CASE("a client that follows and does not read is dropped", "[daemon][control]") {
  std::shared_ptr<Asker> follower;
  std::atomic<bool> dropped{false};
  const Served served([&](const Request& request, const std::shared_ptr<Asker>& asker) {
    if (!request.follow) {
      echo(request, asker);
      return;
    }
    const json much{{"text", std::string(1 << 16, 'x')}};
    for (int i = 0; i < 200 && !asker->gone(); ++i) asker->tell(much);
    dropped = asker->gone();
  });
  Request follow;
  follow.follow = true;
  const int fd = served.connect();
  const auto line = to_line(follow);
  REQUIRE(send(fd, line.data(), line.size(), MSG_NOSIGNAL) > 0);
  CHECK(served.say(to_line(Request{})).find("\"ok\":true") != std::string::npos);  // served meanwhile
  CHECK(dropped);
  close(fd);
}

TEST_CASE("connecting to nobody says what to do", "[daemon][control]") {
  const TemporaryDirectory temporary;
  const auto socket = temporary.path() / "cipd.sock";
  const auto nobody = ControlClient::connect(socket);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == ErrorCode::system);
  CHECK(nobody.error().message.find("not running") != std::string::npos);
  CHECK(nobody.error().message.find(socket.string()) != std::string::npos);
  CHECK_FALSE(ControlClient::connect(std::string(200, 'x')));

  // A socket that a dead daemon left is replaced.
  boost::asio::io_context loop;
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    close(fd);
  }
  const auto left = ControlClient::connect(socket);
  REQUIRE_FALSE(left);
  CHECK(left.error().message.find("not running") != std::string::npos);
  auto server = ControlServer::listen(loop, socket, echo);
  CHECK(server);
  server = Error{};  // ends it
  CHECK_FALSE(std::filesystem::exists(socket));
}
