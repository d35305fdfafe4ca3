#include "transfer/receipt_store.hpp"

#include <chrono>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "receipt_maker.hpp"
#include "temporary_folder.hpp"
#include "transfer/number_set.hpp"
#include "transfer/receipt_audit.hpp"
#include "transfer/receipt_log.hpp"

namespace sesame::transfer {
namespace {

using test::ReceiptMaker;

struct Fixture {
  test::TemporaryFolder folder;
  ReceiptMaker maker;

  [[nodiscard]] std::filesystem::path log() const { return folder / "kept/receipts.jsonl"; }
  [[nodiscard]] ReceiptStore open() const {
    return ReceiptStore::open(folder / "kept", maker.key()).value();
  }
  void keep(const std::vector<Receipt>& receipts) const {
    auto store = open();
    for (const Receipt& receipt : receipts)
      REQUIRE(store.keep(receipt));
    REQUIRE(store.flush());
  }
  /// Past the store, which would not let everything in.
  void append(const std::string& text) const {
    std::ofstream(log(), std::ios::binary | std::ios::app) << text;
  }
  [[nodiscard]] std::vector<std::uint64_t> kept() const {
    std::vector<std::uint64_t> numbers;
    REQUIRE(for_each_line(log(), [&](std::size_t, std::string_view line) -> Status {
      numbers.push_back(parse_receipt_line(line).value().seq);
      return {};
    }));
    return numbers;
  }
  [[nodiscard]] std::vector<Finding> audit() const {
    ReceiptAudit audit(maker.server, maker.key());
    REQUIRE(audit.read(log()));
    return audit.finish().value();
  }
};

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a set of numbers stays as small as it has gaps") {
  NumberSet set;
  for (const std::uint64_t number : {5, 7, 6, 1, 2, 4, 3, 9})
    CHECK(set.insert(number));
  for (const std::uint64_t number : {1, 2, 3, 4, 5, 6, 7, 9})
    CHECK_FALSE(set.insert(number));
  CHECK(set.insert(8));
  CHECK(set.insert(0));
  CHECK_FALSE(set.insert(8));
}

TEST_CASE_FIXTURE(Fixture, "receipts are kept with the exact bytes that were signed") {
  const auto receipts = maker.chain(3);
  keep(receipts);
  struct stat status {};
  REQUIRE(::stat(log().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  std::size_t count = 0;
  REQUIRE(for_each_line(log(), [&](std::size_t number, std::string_view line) -> Status {
    const auto receipt = parse_receipt_line(line);
    REQUIRE(receipt);
    CHECK(receipt->text == receipts[number - 1].text);
    CHECK(receipt->signature == receipts[number - 1].signature);
    CHECK(number_in_line(line)->seq == receipt->seq);
    CHECK(number_in_line(line)->client == receipt->client);
    ++count;
    return {};
  }));
  CHECK(count == 3);
}

TEST_CASE_FIXTURE(Fixture, "a path may hold anything, the log stays one line a receipt") {
  const std::string path = "\n\"\\,\\\"seq\\\":99,\"seq\":98\x01";
  keep({maker.make({.path = path})});
  CHECK(kept() == Numbers{1});
  CHECK(number_in_line(test::read_text(log()))->seq == 1);
}

TEST_CASE_FIXTURE(Fixture, "no receipt is written twice, in whatever order they come") {
  const auto receipts = maker.chain(5);
  keep({receipts[0], receipts[2], receipts[0], receipts[1]});
  CHECK(kept() == Numbers{1, 3, 2});
  keep({receipts[3], receipts[2], receipts[4], receipts[3]});
  CHECK(kept() == Numbers{1, 3, 2, 4, 5});
  keep({receipts[4], receipts[0]});
  CHECK(kept().size() == 5);
}

TEST_CASE_FIXTURE(Fixture, "the numbers of one client say nothing about another's") {
  keep(maker.chain(2));
  maker.client.bytes.fill(std::byte{9});
  keep(maker.chain(2));
  CHECK(kept() == Numbers{1, 2, 1, 2});
  CHECK(audit().empty());
}

TEST_CASE_FIXTURE(Fixture, "half a line at the end is cut away, before more is written") {
  const auto receipts = maker.chain(4);
  keep({receipts[0], receipts[1]});
  const auto whole = test::read_text(log());
  const std::string third = format_receipt_line(receipts[2]);
  for (const std::size_t length : {std::size_t{1}, third.size() / 2, third.size() - 1}) {
    std::ofstream(log(), std::ios::binary) << whole << third.substr(0, length);
    CHECK(kept() == Numbers{1, 2});
    keep({receipts[2], receipts[3]});
    CHECK(kept() == Numbers{1, 2, 3, 4});
  }
  std::ofstream(log(), std::ios::binary) << third.substr(0, 10);  // and nothing before it
  keep({receipts[0]});
  CHECK(kept() == Numbers{1});
}

TEST_CASE_FIXTURE(Fixture, "two programs may add to the log at the same time") {
  const auto receipts = maker.chain(4);
  auto one = open();
  auto other = open();
  REQUIRE(one.keep(receipts[0]));
  REQUIRE(other.keep(receipts[1]));
  REQUIRE(other.flush());
  REQUIRE(one.flush());
  REQUIRE(other.keep(receipts[3]));
  REQUIRE(one.keep(receipts[2]));
  REQUIRE(one.flush());
  REQUIRE(other.flush());
  CHECK(kept() == Numbers{2, 1, 3, 4});
  CHECK(audit().empty());
}

TEST_CASE_FIXTURE(Fixture, "a receipt signed with another key than the pinned one is not kept") {
  auto store = open();
  const ReceiptMaker other;
  CHECK(store.keep(other.make({})).error().code == ErrorCode::IdentityMismatch);
  REQUIRE(store.keep(maker.make({})));
  REQUIRE(store.flush());
  CHECK(store.keep(other.make({.seq = 2, .prev = crypto::Sha256Digest{}})).error().code ==
        ErrorCode::IdentityMismatch);
}

TEST_CASE_FIXTURE(Fixture, "keeping a receipt is quick") {
  // One signature for all: that of the store is over the first of each batch.
  std::vector<Receipt> receipts = maker.chain(100);
  const Receipt pattern = receipts.back();
  while (receipts.size() < 10'000) {
    receipts.push_back(pattern);
    receipts.back().seq = receipts.size();
  }
  const auto began = std::chrono::steady_clock::now();
  keep(receipts);
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - began;
  MESSAGE("µs a receipt: " << spent.count() / 10'000);
  CHECK(kept().size() == 10'000);
}

TEST_CASE_FIXTURE(Fixture, "an audit finds nothing where all is well, and the newest receipt") {
  auto receipts = maker.chain(5);
  ReceiptMaker::Order again{.path = "again", .size = 6, .sha256 = receipts[1].sha256, .seq = 6};
  again.prev = receipts[4].hash();
  receipts.push_back(maker.make(again));
  std::swap(receipts[0], receipts[3]);
  keep(receipts);
  append(format_receipt_line(receipts[2]));  // the same twice is no contradiction
  append("{\"receipt\":\"half");

  ReceiptAudit audit(maker.server, maker.key());
  audit.look_for(again.sha256);
  audit.look_for(crypto::Sha256Digest{});
  REQUIRE(audit.read(log()));
  CHECK(audit.finish().value().empty());
  REQUIRE(audit.found(again.sha256));
  CHECK(audit.found(again.sha256)->path == "again");
  CHECK_FALSE(audit.found(crypto::Sha256Digest{}));
}

TEST_CASE_FIXTURE(Fixture, "an audit tells of gaps") {
  auto receipts = maker.chain(8);
  keep({receipts[1], receipts[2], receipts[5], receipts[7]});
  const auto findings = audit();
  REQUIRE(findings.size() == 3);
  for (const Finding& finding : findings) {
    CHECK(finding.kind == Finding::Kind::Gap);
    CHECK_FALSE(is_fault(finding));
  }
  CHECK(findings[0].message.starts_with("receipt 1 is"));
  CHECK(findings[1].message.starts_with("receipts 4 to 5 are"));
  CHECK(findings[2].message.starts_with("receipt 7 is"));
}

TEST_CASE_FIXTURE(Fixture, "an audit tells of receipts that contradict each other") {
  const auto receipts = maker.chain(4);
  keep(receipts);
  SUBCASE("the same number twice") {
    append(
        format_receipt_line(maker.make({.path = "other", .seq = 4, .prev = receipts[2].hash()})));
  }
  SUBCASE("another predecessor") {
    append(
        format_receipt_line(maker.make({.path = "other", .seq = 5, .prev = receipts[0].hash()})));
  }
  const auto findings = audit();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == Finding::Kind::Fork);
}

TEST_CASE_FIXTURE(Fixture, "an audit tells of what was changed") {
  auto receipts = maker.chain(4);
  SUBCASE("the last: its signature does not hold") {
    receipts[3].text.replace(receipts[3].text.find("file-4"), 6, "file-9");
    keep(receipts);
    const auto findings = audit();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == Finding::Kind::BadSignature);
  }
  SUBCASE("one before: the next one names another") {
    receipts[1].text.replace(receipts[1].text.find("file-2"), 6, "file-9");
    keep(receipts);
    const auto findings = audit();
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].kind == Finding::Kind::Fork);
    CHECK(findings[1].kind == Finding::Kind::BadSignature);
  }
  SUBCASE("a line that is none") {
    keep(receipts);
    append("{}\n");
    const auto findings = audit();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == Finding::Kind::Damaged);
  }
  SUBCASE("one of another server") {
    keep(receipts);
    maker.server.bytes.fill(std::byte{7});
    append(format_receipt_line(maker.make({})));
    maker.server.bytes.fill(std::byte{1});
    const auto findings = audit();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == Finding::Kind::Foreign);
  }
}

TEST_CASE_FIXTURE(Fixture, "any bit that is turned in the log is found") {
  keep(maker.chain(2));
  const std::string whole = test::read_text(log());
  for (std::size_t i = 0; i < whole.size(); i += 3) {
    std::string turned = whole;
    turned[i] = static_cast<char>(turned[i] ^ (1 << i % 7));
    std::ofstream(log(), std::ios::binary) << turned;
    CAPTURE(i);
    // A signature that another vouches for is not looked at, so it may be anything.
    const auto first_signature = whole.find("\"signature\":\"") + 13;
    const bool vouched_for = i >= first_signature && i < whole.find('\n');
    ReceiptAudit audit(maker.server, maker.key());
    REQUIRE(audit.read(log()));
    const bool found = !audit.finish().value().empty() || audit.receipts() != 2;
    CHECK((found || vouched_for));
  }
}

}  // namespace sesame::transfer
