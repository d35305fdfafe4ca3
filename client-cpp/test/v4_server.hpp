#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "crypto/tls_identity.hpp"
#include "v4_store.hpp"

namespace sesame::test {

/// A v4 server on loopback, over real TLS, that a test can make misbehave.
class V4Server {
 public:
  /// What to do with a request instead of answering it.
  struct Fault {
    enum class What { None, Cut, Answer, AnswerAndCut, CutBeforeAnswer, Ignore };
    What what = What::None;
    Bytes answer = {};
  };
  using FaultPlan = std::function<Fault(const V4Frame&)>;

  explicit V4Server(std::string alpn = "sesame/4");
  V4Server(const V4Server&) = delete;
  V4Server& operator=(const V4Server&) = delete;
  ~V4Server();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] crypto::Pin pin() const { return identity_.pin(); }
  /// The codes of the requests that came; 0 is a new connection.
  [[nodiscard]] std::vector<int> heard() const;
  /// The content of the version that stands there, or "(nothing)".
  [[nodiscard]] std::string stored(const std::string& path);
  /// Bytes that came through TLS, before any request was understood.
  [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }

  /// Is asked about each request; may be set while nothing is connected. Runs in the server's
  /// thread, under the mutex.
  FaultPlan faults;
  V4Store store;
  std::mutex mutex;

 private:
  void serve();
  void serve_connection(int socket);
  void note(int code);

  const std::string alpn_;
  crypto::TlsIdentity identity_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::vector<int> heard_;
  mutable std::mutex heard_mutex_;
  std::atomic<std::uint64_t> bytes_received_ = 0;
  std::atomic<bool> stopped_ = false;
  std::jthread thread_;
};

}  // namespace sesame::test
