#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "temporary_folder.hpp"
#include "transfer/v4/put_run.hpp"
#include "v4_server.hpp"

namespace sesame::test {

using transfer::v4::PutItem;

class ListSource : public transfer::v4::ItemSource {
 public:
  explicit ListSource(std::vector<PutItem> items) : items_(std::move(items)) {}
  std::optional<PutItem> next() override {
    if (next_ == items_.size()) return std::nullopt;
    return items_[next_++];
  }
  void stop() override {}

 private:
  std::vector<PutItem> items_;
  std::size_t next_ = 0;
};

class MemorySink : public transfer::v4::ReceiptSink {
 public:
  void server_knows(const ClientId&, std::uint64_t) override {}
  Status keep(const transfer::Receipt& receipt) override {
    if (broken) return Error{ErrorCode::Io, "no space left"};
    receipts.push_back(receipt);
    return {};
  }
  Status flush() override {
    flushed = receipts.size();
    return {};
  }

  std::vector<transfer::Receipt> receipts;
  std::size_t flushed = 0;
  bool broken = false;
};

/// Keeps what it is told as words, to compare.
class RecordingPutReporter : public transfer::v4::PutReporter {
 public:
  void connected(const protocol::v4::Welcome&) override { ++connections; }
  void item_started(const PutItem&, std::uint64_t) override { ++started; }
  void progress(const transfer::v4::PutProgress& progress) override { last = progress; }
  void item_acknowledged(const PutItem& item, const transfer::v4::Acknowledgement& what) override {
    outcomes.push_back(item.path + (what.already_there ? ":there" : ":ok"));
  }
  void item_failed(const PutItem& item, const transfer::v4::ItemFailure& failure) override {
    outcomes.push_back(item.path + ":" + std::string(to_string(failure.error.code)) +
                       (failure.refused ? "!" : "") + (failure.left_over ? "?" : ""));
  }
  void item_restarted(const PutItem& item, const Error& reason) override {
    outcomes.push_back(item.path + ">" + std::string(to_string(reason.code)));
  }
  void retrying(const transfer::Retry& retry) override {
    retries += std::string(to_string(retry.reason.code)) + " ";
  }
  void stopped(const Error& reason) override { why = reason.message; }

  /// The outcomes in the order of their text.
  [[nodiscard]] std::string sorted() const {
    auto words = outcomes;
    std::ranges::sort(words);
    std::string text;
    for (const auto& word : words)
      text += word + " ";
    return text;
  }

  std::vector<std::string> outcomes;
  std::string retries;
  std::string why;
  int connections = 0;
  int started = 0;
  transfer::v4::PutProgress last;
};

struct PutRan {
  transfer::v4::PutSummary summary;
  RecordingPutReporter told;
  MemorySink sink;
};

/// One client with its folder.
class V4Client {
 public:
  V4Client() : identity(crypto::TlsIdentity::generate("client")) {}

  [[nodiscard]] transfer::v4::Endpoint endpoint(const V4Server& server) const {
    transfer::v4::Endpoint endpoint;
    endpoint.server = {"127.0.0.1", server.port()};
    endpoint.timeout = timeout;
    endpoint.pin = pin.value_or(server.pin());
    endpoint.identity = &identity;
    endpoint.client_id = server.store.client_id;
    endpoint.bytes_per_second = bytes_per_second;
    endpoint.retries = retries;
    endpoint.knocking = knocking;
    endpoint.knock_keeper = knock_keeper;
    return endpoint;
  }

  PutItem file(const std::string& name, const std::string& content) const {
    return {PutItem::Kind::File, folder.write(name, content), name};
  }

  PutRan put(V4Server& server, std::vector<PutItem> items, bool broken_sink = false) const {
    ListSource source(std::move(items));
    PutRan ran;
    ran.sink.broken = broken_sink;
    transfer::v4::PutRun run(endpoint(server), {.readers = 2, .stdin_fd = stdin_fd}, source,
                             ran.sink, ran.told);
    ran.summary = run.run();
    return ran;
  }

  TemporaryFolder folder;
  crypto::TlsIdentity identity;
  std::optional<crypto::Pin> pin;
  std::optional<std::uint64_t> bytes_per_second;
  net::Duration timeout = std::chrono::seconds(5);
  int retries = 3;
  std::optional<transfer::v4::Knocking> knocking;
  transfer::v4::KnockKeeper* knock_keeper = nullptr;
  int stdin_fd = -1;
};

/// Content that is not the same anywhere.
[[nodiscard]] inline std::string varied(std::size_t size, std::uint32_t seed = 1) {
  std::string text(size, '\0');
  for (char& c : text) {
    seed = seed * 1664525 + 1013904223;
    c = static_cast<char>(seed >> 24);
  }
  return text;
}

}  // namespace sesame::test
