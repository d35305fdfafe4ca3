#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transfer/v4/enrol.hpp"
#include "transfer/v4/fetch_run.hpp"
#include "transfer/v4/listing.hpp"
#include "v4_client.hpp"
#include "vectors.hpp"

namespace sesame::transfer::v4 {
namespace {

using namespace test;
using What = V4Server::Fault::What;

class FetchList : public FetchSource {
 public:
  explicit FetchList(std::vector<FetchItem> items) : items_(std::move(items)) {}
  std::optional<FetchItem> next() override {
    if (next_ == items_.size()) return std::nullopt;
    return items_[next_++];
  }

 private:
  std::vector<FetchItem> items_;
  std::size_t next_ = 0;
};

class RecordingFetchReporter : public FetchReporter {
 public:
  void connected(const std::string&) override {}
  void item_started(const FetchItem&, std::uint64_t) override {}
  void progress(const FetchItem&, std::uint64_t, std::uint64_t) override {}
  void item_fetched(const FetchItem& item, const Fetched& what) override {
    told += item.path + (what.resumed_from > 0 ? ":resumed " : ":ok ");
  }
  void item_failed(const FetchItem& item, const ItemFailure& failure) override {
    told += item.path + ":" + std::string(to_string(failure.error.code)) +
            (failure.left_over ? "? " : " ");
  }
  void retrying(const Retry& retry) override {
    told += "(" + std::string(to_string(retry.reason.code)) + ") ";
  }
  void stopped(const Error&) override { told += "stopped "; }

  std::string told;
};

/// A server that has some files, and a folder to get them into.
class Setting {
 public:
  Setting() {
    client.put(server, {client.file("small", "hello"), client.file("empty", ""),
                        client.file("large", varied(2'000'000))});
    std::filesystem::create_directory(root());
  }

  [[nodiscard]] std::filesystem::path root() const { return client.folder / "got"; }

  std::string fetch(std::vector<FetchItem> items, bool overwrite = false) {
    FetchList source(std::move(items));
    RecordingFetchReporter reporter;
    FetchRun run(client.endpoint(server), {.root = root(), .overwrite = overwrite}, source,
                 reporter);
    summary = run.run();
    return reporter.told;
  }

  V4Server server;
  V4Client client;
  FetchSummary summary;
};

std::size_t count_files(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::recursive_directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("v4: files are fetched, with their modes and times") {
  Setting s;
  CHECK(s.fetch({{"small", "small"}, {"empty", "empty"}, {"large", "a/b/large"}}) ==
        "small:ok empty:ok large:ok ");
  CHECK(s.summary.complete());
  CHECK(s.summary.bytes == 5 + 2'000'000);
  CHECK(read_text(s.root() / "small") == "hello");
  CHECK(read_text(s.root() / "empty").empty());
  CHECK(read_text(s.root() / "a/b/large") == varied(2'000'000));
  struct stat sent {};
  struct stat got {};
  ::stat((s.client.folder / "large").c_str(), &sent);
  ::stat((s.root() / "a/b/large").c_str(), &got);
  CHECK(got.st_mode == sent.st_mode);
  CHECK(got.st_mtim.tv_sec == sent.st_mtim.tv_sec);
  CHECK(got.st_mtim.tv_nsec == sent.st_mtim.tv_nsec);
  CHECK(count_files(s.root()) == 5);  // nothing of the temporaries stays
}

TEST_CASE("v4: what is not there, and what stands there already, fail alone") {
  Setting s;
  std::ofstream(s.root() / "small") << "mine";
  CHECK(s.fetch({{"none", "none"}, {"small", "small"}, {"empty", "empty"}}) ==
        "small:already-exists none:not-found empty:ok ");
  CHECK(read_text(s.root() / "small") == "mine");
  CHECK(s.fetch({{"small", "small"}}, true) == "small:ok ");
  CHECK(read_text(s.root() / "small") == "hello");
  CHECK(count_files(s.root()) == 2);
}

TEST_CASE("v4: links are neither followed nor written through") {
  Setting s;
  const auto outside = s.client.folder.write("outside", "precious");
  std::filesystem::create_directory(s.client.folder / "elsewhere");
  std::filesystem::create_symlink(outside, s.root() / "small");
  std::filesystem::create_directory_symlink(s.client.folder / "elsewhere", s.root() / "dir");
  CHECK(s.fetch({{"small", "small"}}) == "small:already-exists ");
  CHECK(s.fetch({{"small", "dir/small"}}) == "small:io ");
  CHECK(s.fetch({{"small", "../small"}}) == "small:not-regular ");
  CHECK(s.fetch({{"small", "small"}}, true) == "small:ok ");
  CHECK(read_text(outside) == "precious");
  CHECK_FALSE(std::filesystem::is_symlink(s.root() / "small"));
  CHECK(std::filesystem::is_empty(s.client.folder / "elsewhere"));
}

TEST_CASE("v4: a fetch that is cut goes on where it was") {
  Setting s;
  bool cut = false;
  std::uint64_t asked_from = 0;
  s.server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code != 1110) return {};
    asked_from = std::to_integer<std::uint64_t>(frame.payload[4]) |
                 std::to_integer<std::uint64_t>(frame.payload[5]) << 8 |
                 std::to_integer<std::uint64_t>(frame.payload[6]) << 16;
    if (std::exchange(cut, true)) return {};
    Bytes answer = s.server.store.answer(frame);
    answer.resize(answer.size() / 2);
    return {What::AnswerAndCut, answer};
  };
  CHECK(s.fetch({{"large", "large"}}) == "(connection-lost) large:resumed ");
  CHECK(asked_from > 800'000);
  CHECK(read_text(s.root() / "large") == varied(2'000'000));
}

TEST_CASE("v4: another version in between starts over; a wrong hash is never kept") {
  Setting s;
  bool cut = false;
  s.server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code != 1110 || std::exchange(cut, true)) return {};
    Bytes answer = s.server.store.answer(frame);
    answer.resize(answer.size() / 2);
    auto& version = s.server.store.versions.at("large");
    version.content = varied(2'000'000, 5);
    version.sha256 = crypto::sha256(bytes_of(version.content));
    return {What::AnswerAndCut, answer};
  };
  CHECK(s.fetch({{"large", "large"}}) == "(connection-lost) large:ok ");
  CHECK(read_text(s.root() / "large") == varied(2'000'000, 5));

  s.server.faults = nullptr;
  s.server.store.versions.at("small").content = "jello";
  CHECK(s.fetch({{"small", "small"}}) == "small:hash-differs ");
  CHECK(count_files(s.root()) == 1);
}

TEST_CASE("v4: everything is listed, page by page, each entry once") {
  Setting s;
  s.server.store.page_size = 2;
  int pages = 0;
  s.server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    return {frame.code == 1109 && ++pages == 2 ? What::Cut : What::None};
  };
  std::string seen;
  const auto listed = list(s.client.endpoint(s.server), "", [&](const ListEntry& entry) -> Status {
    seen += entry.path + ":" + std::to_string(entry.size) + " ";
    return {};
  });
  CHECK(outcome(listed) == "ok");
  CHECK(seen == "empty:0 large:2000000 small:5 ");

  const auto none =
      list(s.client.endpoint(s.server), "nowhere", [](const ListEntry&) { return Status(); });
  CHECK(outcome(none) == "not-found");
  const auto ended = list(s.client.endpoint(s.server), "", [](const ListEntry&) -> Status {
    return Error{ErrorCode::Io, "enough"};
  });
  CHECK(outcome(ended) == "io");
  s.server.store.write_only = true;
  const auto refused =
      list(s.client.endpoint(s.server), "", [](const ListEntry&) { return Status(); });
  CHECK(outcome(refused) == "refused");
}

TEST_CASE("v4: joining gives a welcome and the pin that was seen") {
  V4Server server;
  const V4Client client;
  auto endpoint = client.endpoint(server);
  endpoint.client_id = {};
  endpoint.pin.reset();
  const auto greeting = enrol(endpoint, {.token = Bytes32{}, .name = ""});
  REQUIRE(greeting);
  CHECK(greeting->server_pin == server.pin());
  CHECK(greeting->welcome.client_id == server.store.client_id);
  CHECK(greeting->welcome.client_name == "alice");

  for (const auto& [number, expected] :
       {std::pair(5, "refused"), std::pair(6, "name-taken"), std::pair(7, "bad-name"),
        std::pair(8, "refused"), std::pair(9, "revoked"), std::pair(10, "unavailable")}) {
    server.faults = [number = number](const V4Frame&) -> V4Server::Fault {
      return {What::Answer, v4_refusal(0, static_cast<std::uint16_t>(number))};
    };
    CHECK(outcome(enrol(endpoint, {.token = std::nullopt, .name = "bob"})) == expected);
  }
  server.faults = [](const V4Frame&) -> V4Server::Fault {
    return {What::Answer, v4_refusal(0, 4)};
  };
  CHECK(outcome(greet(endpoint)) == "not-joined");
  CHECK(outcome(enrol(endpoint, {.token = std::nullopt, .name = std::string(255, 'n')})) ==
        "bad-name");
}

}  // namespace sesame::transfer::v4
