#pragma once

#include <atomic>
#include <memory>

#include <doctest/doctest.h>
#include <poll.h>

#include "transfer/watch/watcher.hpp"
#include "v4_client.hpp"

namespace sesame::test {

namespace watch = transfer::watch;

/// Stands still until it is told otherwise. Begins at the present, for files have the kernel's
/// times.
class FakeWatchClock : public watch::WatchClock {
 public:
  [[nodiscard]] watch::Moment now() const override { return watch::Moment(now_.load()); }
  [[nodiscard]] watch::Moment wall() const override { return now(); }
  void set(watch::Moment moment) { now_ = moment.count(); }
  void advance(watch::Moment by) { now_ += by.count(); }

 private:
  std::atomic<watch::Moment::rep> now_ = watch::SystemClock().wall().count();
};

/// Keeps what it is told as words.
class RecordingWatchListener : public watch::WatchListener {
 public:
  void rescan_began(const std::string& why) override { note("rescan: " + why); }
  void watching(std::size_t) override { note("watching"); }
  void waiting(const watch::OutboxTotals&) override {}
  void root_lost(const watch::WatchedRoot&, const std::string& why) override {
    note("lost: " + why);
  }
  void root_came(const watch::WatchedRoot&) override { note("came"); }
  void watches_used_up(std::size_t) override { note("used up"); }
  void watches_suffice() override { note("suffice"); }
  void fault(const Error& reason, watch::Moment delay) override {
    note("fault " + std::string(to_string(reason.code)));
    delays.push_back(delay);
  }
  void recovered() override { note("recovered"); }
  void removed(const std::filesystem::path& source) override {
    note("removed " + source.filename().native());
  }
  void not_removed(const std::filesystem::path&, const Error&) override { note("not removed"); }
  void kept_aside(const std::filesystem::path&, const std::filesystem::path& kept_as) override {
    note("kept as " + kept_as.filename().native());
  }
  void no_leases(const std::filesystem::path&) override { note("no leases"); }
  void server_behind(std::uint64_t last_receipt, std::uint64_t files) override {
    note("behind at " + std::to_string(last_receipt) + ": " + std::to_string(files));
  }
  void skipped(const std::filesystem::path&, const std::string&) override {}
  void not_found_out(const std::filesystem::path&, const Error&) override { note("not found out"); }

  [[nodiscard]] bool heard(const std::string& word) const {
    return std::ranges::find(words, word) != words.end();
  }

  std::vector<std::string> words;
  std::vector<watch::Moment> delays;

 private:
  void note(std::string word) { words.push_back(std::move(word)); }
};

/// A watcher over a folder `in`, a server that it sends to, and a clock that a test moves.
class WatchWorld {
 public:
  explicit WatchWorld(watch::WatchOptions options = {}, transfer::WalkOptions walk = {})
      : options_(options), walk_(std::move(walk)) {
    std::filesystem::create_directory(in());
    start();
  }

  [[nodiscard]] std::filesystem::path in() const { return client.folder / "in"; }
  [[nodiscard]] std::filesystem::path state() const { return client.folder / "outbox"; }

  std::filesystem::path write(const std::string& name, const std::string& content) const {
    return client.folder.write("in/" + name, content);
  }

  /// As after a reboot.
  void restart() {
    stop();
    start();
  }
  void stop() {
    watcher.reset();
    outbox.reset();
  }

  /// Turns until there is nothing to do at this moment. Gives when there will be.
  watch::Moment settle_down() {
    while (true) {
      const auto next = watcher->turn();
      REQUIRE_MESSAGE(next, next.error().message);
      if (watcher->is_sending()) {
        wait_for_sender();
      } else if (*next > clock.now()) {
        return *next;
      }
    }
  }

  /// Lets time pass, stopping wherever there is something to do.
  void pass(watch::Moment time) {
    const watch::Moment end = clock.now() + time;
    while (true) {
      const watch::Moment next = settle_down();
      if (next > end) break;
      clock.set(next);
    }
    clock.set(end);
    settle_down();
  }

  [[nodiscard]] watch::OutboxTotals totals() {
    return outbox->read([](watch::OutboxRows& rows) { return rows.totals(); }).value();
  }
  [[nodiscard]] std::optional<watch::WaitingFile> waiting(const std::string& path) {
    return outbox->read([&](watch::OutboxRows& rows) { return rows.waiting(path); }).value();
  }

  V4Server server;
  V4Client client;
  FakeWatchClock clock;
  RecordingPutReporter told;
  RecordingWatchListener heard;
  MemorySink sink;
  bool server_is_there = true;
  std::vector<watch::WatchedRoot> more_roots;
  int runs = 0;
  std::optional<watch::Outbox> outbox;
  std::unique_ptr<watch::Watcher> watcher;

 private:
  void start() {
    outbox.emplace(watch::Outbox::open(state()).value());
    std::vector<watch::WatchedRoot> roots{{.source = in(), .path = "in"}};
    roots.insert(roots.end(), more_roots.begin(), more_roots.end());
    const auto send = [this](transfer::v4::ItemSource& source,
                             transfer::v4::PutReporter& reporter) {
      ++runs;
      auto endpoint = client.endpoint(server);
      endpoint.retries = 0;
      if (!server_is_there) endpoint.server.port = 1;
      return transfer::v4::PutRun(endpoint, {.readers = 1, .restarts_of_changed = 0}, source, sink,
                                  reporter)
          .run();
    };
    watcher = std::make_unique<watch::Watcher>(
        options_, watch::Inotify::open().value(), std::move(roots), walk_,
        watch::Watcher::Parts{
            .outbox = *outbox, .clock = clock, .send = send, .reporter = told, .listener = heard});
  }

  void wait_for_sender() const {
    std::vector<pollfd> fds;
    for (const int fd : watcher->fds())
      fds.push_back({fd, POLLIN, 0});
    REQUIRE(::poll(fds.data(), fds.size(), 20'000) > 0);
  }

  watch::WatchOptions options_;
  transfer::WalkOptions walk_;
};

}  // namespace sesame::test
