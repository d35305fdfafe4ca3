#include "transfer/receipt.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "receipt_maker.hpp"

namespace sesame::transfer {
namespace {

using test::ReceiptMaker;

ErrorCode parse_error(const std::string& text) {
  return Receipt::parse(text, {}).error().code;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("a receipt is read field by field") {
  const ReceiptMaker maker;
  const std::string path = "Zoë/\"quoted\" back\n\t\x01\x7f";
  ReceiptMaker::Order order{.path = path, .size = (1ull << 53) - 1, .seq = 7};
  order.sha256.fill(std::byte{0xAB});
  order.prev = crypto::Sha256Digest{};
  const Receipt receipt = maker.make(order);
  CHECK(receipt.server == maker.server);
  CHECK(receipt.client == maker.client);
  CHECK(receipt.name == "alice");
  CHECK(receipt.spki == maker.spki);
  CHECK(receipt.path == path);
  CHECK(receipt.size == (1ull << 53) - 1);
  CHECK(receipt.sha256 == order.sha256);
  CHECK(receipt.time == "2026-01-02T03:04:05.678Z");
  CHECK(receipt.seq == 7);
  CHECK(receipt.prev == order.prev);
  CHECK(receipt.text == maker.text(order));
  CHECK(receipt.check_fields(maker.claim(receipt)));
  CHECK(receipt.check_signature(maker.key()));
}

TEST_CASE("a receipt has one form and no other") {
  const ReceiptMaker maker;
  const std::string text = maker.text({});
  REQUIRE(Receipt::parse(text, {}));
  for (const std::string& other : {
           std::string(),
           std::string("{}"),
           " " + text,
           text + " ",
           text + "\n",
           text.substr(0, text.size() - 1),
           replaced(text, "receipt/1", "receipt/2"),
           replaced(text, ",\"name\"", ", \"name\""),
           replaced(text, "a.txt", "\\u0061.txt"),  // an escape that is not needed
           replaced(text, "a.txt", "a\\/b"),        // the same
           replaced(text, "a.txt", "\\u000a"),      // \n is shorter
           replaced(text, "a.txt", "\\u001B"),      // hex digits are lower case
           replaced(text, "a.txt", "\\x"),          // no escape
           replaced(text, "a.txt", "\n"),           // has to be escaped
           replaced(text, "a.txt", "\xFF"),         // not UTF-8
           replaced(text, "\"size\":5", "\"size\":05"),
           replaced(text, "\"size\":5", "\"size\":-5"),
           replaced(text, "\"size\":5", "\"size\":5.0"),
           replaced(text, "\"size\":5", "\"size\":9007199254740992"),
           replaced(text, "\"size\":5", "\"size\":\"5\""),
           replaced(text, "2026-01-02T03", "2026-01-02 03"),
           replaced(text, "678Z", "678"),
           replaced(text, "\"seq\":1", "\"seq\":0"),
           replaced(text, "\"seq\":1", "\"seq\":2"),                    // and nothing before it
           replaced(text, "null", "\"" + std::string(64, '0') + "\""),  // before the first
           replaced(text, "null", "NULL"),
           replaced(text, "\"0303", "\"030"),
           replaced(text, "\"client\"", "\"Client\""),
           replaced(text, ",\"seq\"", ",\"extra\":1,\"seq\""),
           replaced(text, "a.txt", std::string(Receipt::largest_text, 'a')),
       }) {
    CAPTURE(other);
    CHECK(parse_error(other) == ErrorCode::BadReceipt);
  }
  for (std::size_t length = 0; length < text.size(); ++length)
    CHECK(parse_error(text.substr(0, length)) == ErrorCode::BadReceipt);
}

TEST_CASE("a receipt for something else is refused") {
  const ReceiptMaker maker;
  const Receipt receipt = maker.make({});
  const ReceiptClaim right = maker.claim(receipt);
  const auto refused = [&](auto&& change) {
    ReceiptClaim claim = right;
    change(claim);
    const auto checked = receipt.check_fields(claim);
    return !checked && checked.error().code == ErrorCode::BadReceipt;
  };
  CHECK(receipt.check_fields(right));
  CHECK(refused([](ReceiptClaim& claim) { claim.server.bytes[0] ^= std::byte{1}; }));
  CHECK(refused([](ReceiptClaim& claim) { claim.client.bytes[15] ^= std::byte{1}; }));
  CHECK(refused([](ReceiptClaim& claim) { claim.spki.bytes[31] ^= std::byte{1}; }));
  CHECK(refused([](ReceiptClaim& claim) { claim.path = "b.txt"; }));
  CHECK(refused([](ReceiptClaim& claim) { ++claim.size; }));
  CHECK(refused([](ReceiptClaim& claim) { claim.sha256[0] ^= std::byte{1}; }));
}

TEST_CASE("no bit of a receipt or of its signature can be turned") {
  const ReceiptMaker maker;
  const Receipt receipt = maker.make({});
  for (std::size_t i = 0; i < receipt.text.size(); ++i) {
    Receipt turned = receipt;
    turned.text[i] = static_cast<char>(turned.text[i] ^ (1 << i % 8));
    CHECK_FALSE(turned.check_signature(maker.key()));
  }
  for (std::size_t i = 0; i < receipt.signature.size(); ++i) {
    Receipt turned = receipt;
    turned.signature[i] ^= static_cast<std::byte>(1 << i % 8);
    CHECK_FALSE(turned.check_signature(maker.key()));
  }
}

TEST_CASE("receipts follow one another, or do not") {
  const ReceiptMaker maker;
  const auto chain = maker.chain(3);
  CHECK(chain[0].check_follows(0, {}));
  CHECK(chain[1].check_follows(1, chain[0].hash()));
  CHECK_FALSE(chain[2].check_follows(1, chain[0].hash()));
  CHECK_FALSE(chain[1].check_follows(1, chain[2].hash()));
}

TEST_CASE("one signature vouches for all receipts before it, in whatever order they came") {
  const ReceiptMaker maker;
  auto receipts = maker.chain(6);
  for (std::size_t i = 0; i + 1 < receipts.size(); ++i)
    receipts[i].signature.clear();  // is never looked at
  std::ranges::reverse(receipts);
  CHECK(check_signatures(receipts, maker.key()));
  CHECK(receipts.front().seq == 1);

  receipts.back().signature[100] ^= std::byte{1};
  CHECK(check_signatures(receipts, maker.key()).error().code == ErrorCode::BadSignature);
  CHECK(check_signatures({}, maker.key()));
}

TEST_CASE("a receipt before a gap needs a signature of its own") {
  const ReceiptMaker maker;
  auto receipts = maker.chain(6);
  receipts.erase(receipts.begin() + 3);
  CHECK(check_signatures(receipts, maker.key()));
  receipts[2].signature.clear();
  CHECK(check_signatures(receipts, maker.key()).error().code == ErrorCode::BadSignature);
}

TEST_CASE("receipts that contradict each other are refused, however well they are signed") {
  const ReceiptMaker maker;
  auto receipts = maker.chain(4);
  SUBCASE("the same number twice") {
    receipts.push_back(maker.make({.path = "b", .seq = 4, .prev = receipts[2].hash()}));
  }
  SUBCASE("another predecessor") {
    receipts[2] = maker.make({.path = "b", .seq = 3, .prev = receipts[1].hash()});
  }
  CHECK(check_signatures(receipts, maker.key()).error().code == ErrorCode::BadReceipt);
}

TEST_CASE("the same receipt twice is no contradiction") {
  const ReceiptMaker maker;
  auto receipts = maker.chain(3);
  receipts.push_back(receipts[1]);
  CHECK(check_signatures(receipts, maker.key()));
}

}  // namespace sesame::transfer
