#include <doctest/doctest.h>

#include "protocol/v4/path.hpp"
#include "protocol/v4/requests.hpp"
#include "protocol/v4/response_decoder.hpp"
#include "vectors.hpp"

namespace sesame::protocol::v4 {
namespace {

using test::Json;

/// What a vector repeats, or nothing.
Bytes repeated(const Json& vector, const char* field) {
  if (!vector.contains(field)) return {};
  const Bytes piece = test::hex_field(vector.at(field), "hex");
  Bytes all;
  for (std::size_t i = vector.at(field).at("times").get<std::size_t>(); i-- > 0;)
    all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

Bytes frame_of(const Json& vector) {
  Bytes frame = test::hex_field(vector, "hex");
  const Bytes rest = repeated(vector, "rest_repeat");
  frame.insert(frame.end(), rest.begin(), rest.end());
  return frame;
}

Bytes content_of(const Json& vector) {
  return vector.contains("content_hex") ? test::hex_field(vector, "content_hex")
                                        : repeated(vector, "content_repeat");
}

std::string text(const Json& vector, const char* field) {
  return vector.at(field).get<std::string>();
}

template <typename T>
T number(const Json& vector, const char* field) {
  return vector.at(field).get<T>();
}

Bytes32 bytes32(const Json& vector, const char* field) {
  const Bytes bytes = test::hex_field(vector, field);
  Bytes32 out{};
  std::ranges::copy(bytes, out.begin());
  return out;
}

Attributes attributes_of(const Json& vector) {
  return {std::stoll(text(vector, "mtime")), number<std::uint32_t>(vector, "mode")};
}

Bytes encode_data(const ClientId& id, const Json& vector) {
  const Bytes content = content_of(vector);
  Bytes frame(data_frame_head_size);
  encode_data_head(frame, id, number<StreamId>(vector, "stream"),
                   number<std::uint64_t>(vector, "offset"), content.size());
  frame.insert(frame.end(), content.begin(), content.end());
  return frame;
}

Bytes encode_put(const ClientId& id, const Json& vector) {
  const Bytes content = content_of(vector);
  const auto path = text(vector, "path");
  Bytes frame(put_frame_head_size(path.size()));
  encode_put_head(frame, id, 0, bytes32(vector, "sha256"), content.size(), attributes_of(vector),
                  path);
  frame.insert(frame.end(), content.begin(), content.end());
  set_stream(frame, number<StreamId>(vector, "stream"));
  return frame;
}

/// The frame that our encoder makes of the fields; nothing for what it never makes.
std::optional<Bytes> encode_as(const Json& vector) {
  const auto id = *ClientId::parse(text(vector, "client_id"));
  const auto type = text(vector, "type");
  const auto stream = vector.value("stream", StreamId{0});
  if (type == "hello") return encode_hello(id, text(vector, "agent"));
  if (type == "join") {
    if (!vector.contains("client_name")) return std::nullopt;  // a name field that is none
    const auto token = number<int>(vector, "way") == 1 ? std::optional(bytes32(vector, "token_hex"))
                                                       : std::nullopt;
    return encode_join(id, token, *encode_name(text(vector, "client_name")));
  }
  if (type == "open") {
    const auto size = number<std::uint64_t>(vector, "size");
    return encode_open(
        id, stream, vector.at("size_known").get<bool>() ? std::optional(size) : std::nullopt,
        vector.at("start_over").get<bool>(), attributes_of(vector), text(vector, "path"));
  }
  if (type == "data") return encode_data(id, vector);
  if (type == "commit") {
    return encode_commit(id, stream, number<std::uint64_t>(vector, "size"),
                         bytes32(vector, "sha256"));
  }
  if (type == "put") return encode_put(id, vector);
  if (type == "cancel") return encode_cancel(id, stream, text(vector, "what") == "drop");
  if (type == "folder") {
    return encode_folder(id, stream, attributes_of(vector), text(vector, "path"));
  }
  if (type == "list") {
    return encode_list(id, stream, text(vector, "path"), text(vector, "after"));
  }
  if (type == "fetch") {
    return encode_fetch(id, stream, number<std::uint64_t>(vector, "offset"), text(vector, "path"));
  }
  if (type == "knock-key") return encode_knock_key(id, stream);
  if (type == "waiting") {
    const auto why = text(vector, "why");
    return encode_waiting(
        id, stream,
        {number<std::uint64_t>(vector, "files"), number<std::uint64_t>(vector, "bytes"),
         number<std::uint64_t>(vector, "failing"), std::stoll(text(vector, "oldest")), why});
  }
  FAIL("a type of request that this test does not know: " << type);
  return std::nullopt;
}

void check(const Welcome& message, const Json& vector) {
  CHECK(message.write_only == vector.at("write_only").get<bool>());
  CHECK(message.has_knock_keys == vector.at("has_knock_keys").get<bool>());
  CHECK(message.takes_waiting == vector.at("takes_waiting").get<bool>());
  CHECK(message.client_id.to_hex() == text(vector, "client_id"));
  CHECK(message.window == number<std::uint32_t>(vector, "window"));
  CHECK(message.receipt_key == bytes32(vector, "receipt_key_hex"));
  CHECK(message.last_seq == number<std::uint64_t>(vector, "seq"));
  CHECK(message.last_receipt == bytes32(vector, "head"));
  CHECK(message.client_name == text(vector, "client_name"));
}
void check(const Refused& message, const Json& vector) {
  CHECK(message.number == static_cast<RefusalNumber>(number<std::uint16_t>(vector, "number")));
  CHECK(name_of(message.number) == text(vector, "error"));
  CHECK(message.text == text(vector, "message"));
}
void check(const Opened& message, const Json& vector) {
  const char* const states[] = {"new", "resumed", "stored"};
  CHECK(states[static_cast<int>(message.state)] == text(vector, "state"));
  CHECK(message.offset == number<std::uint64_t>(vector, "offset"));
  CHECK(message.sha256 == bytes32(vector, "sha256"));
}
void check(const WindowUpdate& message, const Json& vector) {
  CHECK(message.taken == number<std::uint64_t>(vector, "taken"));
}
void check(const ReceiptGranted& message, const Json& vector) {
  CHECK(message.already_there == vector.at("there_already").get<bool>());
  CHECK(to_hex(bytes_of(message.receipt)) == text(vector, "receipt_hex"));
  CHECK(to_hex(message.signature) == text(vector, "signature_hex"));
}
void check(const Done&, const Json&) {}
void check(const Listing& message, const Json& vector) {
  CHECK(message.more == vector.at("more").get<bool>());
  const auto& entries = vector.at("entries");
  REQUIRE(message.entries.size() == entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const ListEntry& entry = message.entries[i];
    CHECK((entry.type == ListEntry::Type::Folder) == (text(entries[i], "type") == "folder"));
    CHECK(entry.size == number<std::uint64_t>(entries[i], "size"));
    CHECK(Attributes{entry.mtime, entry.mode} == attributes_of(entries[i]));
    CHECK(entry.sha256 == bytes32(entries[i], "sha256"));
    CHECK(entry.seq == number<std::uint64_t>(entries[i], "seq"));
    CHECK(entry.path == text(entries[i], "path"));
  }
}
void check(const FileHead& message, const Json& vector) {
  CHECK(message.size == number<std::uint64_t>(vector, "size"));
  CHECK(Attributes{message.mtime, message.mode} == attributes_of(vector));
  CHECK(message.sha256 == bytes32(vector, "sha256"));
  CHECK(message.seq == number<std::uint64_t>(vector, "seq"));
}
void check(const Content& message, const Json& vector) {
  CHECK(message.offset == number<std::uint64_t>(vector, "offset"));
  CHECK(std::ranges::equal(message.bytes, content_of(vector)));
}
void check(const KnockKeyGiven& message, const Json& vector) {
  CHECK(message.port == number<std::uint16_t>(vector, "port"));
  CHECK(message.key == bytes32(vector, "key_hex"));
}

/// The class of the outcome, and the last response if it is to be looked at.
std::string decode(std::initializer_list<ByteView> pieces, const Json* vector = nullptr) {
  ResponseDecoder decoder;
  std::string outcome = "truncated";
  for (ByteView piece : pieces) {
    do {
      const auto response = decoder.push(piece);
      if (!response) {
        CHECK(decoder.state() == ResponseDecoder::State::Failed);
        return std::string(to_string(response.error().code));
      }
      if (!*response) continue;
      outcome = "ok";
      if (vector == nullptr) continue;
      std::visit([&](const auto& message) { check(message, *vector); }, **response);
      CHECK(stream_of(**response) == vector->value("stream", StreamId{0}));
    } while (!piece.empty());
  }
  return decoder.in_the_middle() ? "truncated" : outcome;
}

Bytes header_of(std::uint16_t code, std::uint32_t size) {
  return {std::byte{4},
          static_cast<std::byte>(code & 0xFF),
          static_cast<std::byte>(code >> 8),
          static_cast<std::byte>(size & 0xFF),
          static_cast<std::byte>(size >> 8 & 0xFF),
          static_cast<std::byte>(size >> 16 & 0xFF),
          static_cast<std::byte>(size >> 24)};
}

}  // namespace

TEST_CASE("v4: requests are encoded as the vectors say") {
  int compared = 0;
  for (const auto& vector : test::vectors("v4/requests.json")) {
    if (vector.at("expect") != "ok") continue;
    CAPTURE(vector.at("name").get<std::string>());
    const auto encoded = encode_as(vector);
    if (!encoded) continue;
    CHECK(*encoded == frame_of(vector));
    ++compared;
  }
  CHECK(compared > 70);
}

TEST_CASE("v4: why a file waits is cut where it is too long, but not within a character") {
  const auto size_of = [](const std::string& why) {
    const auto head = RequestHeader::size + waiting_head_size;
    return encode_waiting(ClientId{}, 7, {.why = why}).size() - head;
  };
  CHECK(size_of(std::string(512, 'x')) == 512);
  CHECK(size_of(std::string(513, 'x')) == 512);
  CHECK(size_of("é" + std::string(510, 'x') + "é") == 512);
  CHECK(size_of(std::string(511, 'x') + "é") == 511);
}

TEST_CASE("v4: responses are decoded as the vectors say, however they are cut") {
  for (const auto& vector : test::vectors("v4/responses.json")) {
    CAPTURE(vector.at("name").get<std::string>());
    const Bytes bytes = frame_of(vector);
    const ByteView view(bytes);
    const auto expected = text(vector, "expect");
    CHECK(decode({view}, expected == "ok" ? &vector : nullptr) == expected);
    // Large ones are cut at a few places only: each costs a copy of all of it.
    const std::size_t step = bytes.size() > 10'000 ? bytes.size() / 7 : 1;
    for (std::size_t split = 0; split <= bytes.size(); split += step)
      CHECK(decode({view.first(split), view.subspan(split)}) == expected);
    if (bytes.size() > 10'000) continue;

    ResponseDecoder decoder;
    std::string outcome = "truncated";
    for (std::size_t i = 0; i < bytes.size() && outcome == "truncated"; ++i) {
      ByteView one = view.subspan(i, 1);
      const auto response = decoder.push(one);
      if (!response || response.value()) outcome = test::outcome(response);
    }
    CHECK(outcome == expected);
  }
}

TEST_CASE("v4: each response has its payload sizes, judged by the header alone") {
  struct Row {
    std::uint16_t code;
    std::uint32_t smallest;
    std::uint32_t largest;
  };
  const Row rows[] = {{2201, 97, 496},
                      {2202, 6, 1030},
                      {2203, 45, 45},
                      {2204, 8, 8},
                      {2205, 9, 9 + 32'768 + 1024},
                      {2206, 4, 4},
                      {2207, 9, 1'048'576},
                      {2208, 64, 64},
                      {2209, 13, 262'156},
                      {2210, 38, 38}};
  for (const auto& [code, smallest, largest] : rows) {
    CAPTURE(code);
    CHECK(decode({header_of(code, smallest)}) == "truncated");
    CHECK(decode({header_of(code, largest)}) == "truncated");
    CHECK(decode({header_of(code, smallest - 1)}) == "bad-payload-size");
    CHECK(decode({header_of(code, largest + 1)}) == "bad-payload-size");
    CHECK(decode({header_of(code, 0x80000000U)}) == "bad-payload-size");
  }
}

TEST_CASE("v4: after a failure everything fails, and two responses in one piece are two") {
  ResponseDecoder decoder;
  const Bytes unknown = header_of(2100, 4);
  const Bytes done = test::bytes_from_hex("049e080400000007000000049e080400000009000000");
  ByteView input = unknown;
  CHECK(test::outcome(decoder.push(input)) == "unknown-code");
  input = done;
  CHECK(test::outcome(decoder.push(input)) == "unknown-code");

  ResponseDecoder fresh;
  input = done;
  CHECK(stream_of(*fresh.push(input).value()) == 7);
  CHECK(stream_of(*fresh.push(input).value()) == 9);
  CHECK(input.empty());
}

TEST_CASE("v4: paths are judged as the vectors say") {
  for (const auto& vector : test::vectors("v4/paths.json")) {
    CAPTURE(vector.at("name").get<std::string>());
    const Bytes path = test::hex_field(vector, "path_hex");
    CHECK(is_path(text_of(path)) == (vector.at("expect") == "ok"));
  }
}

TEST_CASE("v4: what does not fit its field is a fault of the program") {
  const ClientId id;
  CHECK_THROWS_AS((void)encode_commit(id, 1, largest_number + 1, {}), std::length_error);
  CHECK_THROWS_AS((void)encode_folder(id, 1, {}, std::string(4097, 'n')), std::length_error);
  Bytes head(data_frame_head_size);
  CHECK_THROWS_AS(encode_data_head(head, id, 1, 0, 0), std::length_error);
  CHECK_THROWS_AS(encode_data_head(head, id, 1, 0, largest_block + 1), std::length_error);
  Bytes put(put_frame_head_size(1));
  CHECK_THROWS_AS(encode_put_head(put, id, 1, {}, largest_put + 1, {}, "a"), std::length_error);
}

}  // namespace sesame::protocol::v4
