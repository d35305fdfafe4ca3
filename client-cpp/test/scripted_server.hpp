#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/bytes.hpp"
#include "base/client_id.hpp"
#include "base/unique_fd.hpp"

namespace sesame::test {

/// A v3 server on loopback that does what a script says: for each request, which one must come and
/// what to answer. What it cannot follow ends it, and the client is left alone.
class ScriptedServer {
 public:
  struct Request {
    std::uint16_t code = 0;
    Bytes header;
    Bytes payload;
  };
  enum class Then { GoOn, Close };
  struct Step {
    std::uint16_t expected;
    std::function<Bytes(ScriptedServer&, const Request&)> answer;
    Then then = Then::GoOn;
  };

  explicit ScriptedServer(std::vector<Step> script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// The codes of all requests that came, and 0 for each connection.
  [[nodiscard]] std::vector<int> heard() const;

  // What answers are made of.
  ClientId client_id;
  Bytes public_key;   // of the last 1026
  Bytes file_answer;  // the payload of the right 2103 for the last 1028

 private:
  void serve();
  /// True when the connection is over and the script is not.
  bool serve_connection(int socket);
  void note(int code);

  std::vector<Step> script_;
  std::size_t next_ = 0;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<int> heard_;
  std::jthread thread_;
};

// Steps of scripts: what the request is, and how it is answered.

using Step = ScriptedServer::Step;
using Then = ScriptedServer::Then;

Step registers();                                          // 1025, 2100
Step sends_key();                                          // 1026, 2102
Step reconnects();                                         // 1027, 2105
Step sends_file(Then then = Then::GoOn);                   // 1028, 2103 with the right CRC
Step sends_file_in_vain();                                 // 1028, 2103 with another CRC
Step sends_file_answered(std::size_t at, std::byte with);  // 1028, 2103 with one byte changed
Step answered(std::uint16_t request, std::uint16_t response, std::size_t payload = 0,
              Then then = Then::GoOn);
Step unanswered(std::uint16_t request, Then then = Then::GoOn);
Step closing(Step step);  // and then the connection is closed

}  // namespace sesame::test
