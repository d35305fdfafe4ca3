#include "protocol/v4/responses.hpp"

#include <algorithm>
#include <optional>

#include "base/utf8.hpp"
#include "protocol/byte_reader.hpp"
#include "protocol/v4/path.hpp"

namespace sesame::protocol::v4 {
namespace {

constexpr std::uint16_t write_only_flag = 1;
constexpr std::uint16_t knock_keys_flag = 2;
constexpr std::uint16_t waiting_flag = 4;
constexpr std::uint8_t already_there_flag = 1;
constexpr std::uint8_t more_flag = 1;
constexpr std::uint32_t largest_mode = 07777;

Error no_stream(ResponseCode code) {
  return {ErrorCode::BadStream, "a " + std::string(to_string(code)) + " is about no stream"};
}

Error malformed(ResponseCode code, std::string_view what) {
  return {ErrorCode::BadField, "a " + std::string(to_string(code)) + " " + std::string(what)};
}

bool is_text(std::string_view text) {
  return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

/// Takes the fields of one payload. Asking for a field that is not there leaves a zero and is
/// noted; whoever reads checks that once, at the end, before anything is believed.
class Fields {
 public:
  explicit Fields(ByteView payload) : reader_(payload) {}

  std::uint8_t u8() { return keep(reader_.u8()); }
  std::uint16_t u16() { return keep(reader_.u16()); }
  std::uint32_t u32() { return keep(reader_.u32()); }
  std::int64_t i64() { return static_cast<std::int64_t>(keep(reader_.u64())); }
  /// At most 2^53 − 1.
  std::uint64_t number() {
    const auto value = keep(reader_.u64());
    sound_ = sound_ && value <= largest_number;
    return value;
  }
  ByteView bytes(std::size_t count) { return keep(reader_.take(count)); }
  Bytes32 bytes32() {
    Bytes32 value{};
    const auto taken = bytes(value.size());
    if (sound_) std::ranges::copy(taken, value.begin());
    return value;
  }
  /// Where other bits than `known` are set, that is a fault.
  template <typename Flags>
  bool flag(Flags flags, Flags known) {
    sound_ = sound_ && flags <= known;
    return flags == known;
  }
  std::uint32_t mode() {
    const auto value = u32();
    sound_ = sound_ && value <= largest_mode;
    return value;
  }
  /// Up to `last`.
  template <typename Enum>
  Enum one_of(Enum last) {
    const auto value = u8();
    sound_ = sound_ && value <= static_cast<std::uint8_t>(last);
    return sound_ ? static_cast<Enum>(value) : Enum{};
  }
  ByteView rest() { return bytes(reader_.rest().size()); }

  /// Every field was there and held what it may.
  [[nodiscard]] bool sound() const { return sound_; }
  /// And nothing follows.
  [[nodiscard]] bool complete() const { return sound_ && reader_.rest().empty(); }

 private:
  template <typename T>
  T keep(std::optional<T> field) {
    if (!field) sound_ = false;
    return field.value_or(T{});
  }

  ByteReader reader_;
  bool sound_ = true;
};

Result<Response> decode_welcome(Fields fields) {
  Welcome welcome;
  fields.u16();                     // minor version: what it may add, this client does not ask for
  const auto flags = fields.u16();  // those that this client does not know mean nothing to it
  welcome.write_only = (flags & write_only_flag) != 0;
  welcome.has_knock_keys = (flags & knock_keys_flag) != 0;
  welcome.takes_waiting = (flags & waiting_flag) != 0;
  std::ranges::copy(fields.bytes(ClientId::size), welcome.client_id.bytes.begin());
  welcome.window = fields.u32();
  welcome.receipt_key = fields.bytes32();
  welcome.last_seq = fields.number();
  welcome.last_receipt = fields.bytes32();
  welcome.client_name = text_of(fields.rest());
  if (!fields.complete() || welcome.window == 0) {
    return malformed(ResponseCode::Welcome, "has fields that do not fit it");
  }
  if (!is_text(welcome.client_name)) {
    return malformed(ResponseCode::Welcome, "has a client name that is no text");
  }
  return Response(std::move(welcome));
}

Result<Response> decode_refused(Fields fields) {
  Refused refused;
  refused.stream = fields.u32();
  refused.number = static_cast<RefusalNumber>(fields.u16());
  refused.text = text_of(fields.rest());
  if (!fields.complete() || !is_text(refused.text)) {
    return malformed(ResponseCode::Refused, "has a text that is none");
  }
  return Response(refused);
}

Result<Response> decode_opened(Fields fields) {
  Opened opened;
  opened.stream = fields.u32();
  opened.state = fields.one_of(Opened::State::Stored);
  opened.offset = fields.number();
  opened.sha256 = fields.bytes32();
  const bool fits = opened.state != Opened::State::New || opened.offset == 0;
  if (!fields.complete() || !fits) {
    return malformed(ResponseCode::Opened, "has fields that do not fit it");
  }
  return Response(opened);
}

Result<Response> decode_receipt(Fields fields) {
  ReceiptGranted granted;
  granted.stream = fields.u32();
  granted.already_there = fields.flag(fields.u8(), already_there_flag);
  granted.receipt = text_of(fields.bytes(fields.u32()));
  granted.signature = fields.rest();
  if (!fields.complete() || granted.receipt.size() > largest_receipt) {
    return malformed(ResponseCode::Receipt, "has fields that do not fit it");
  }
  return Response(granted);
}

Result<Response> decode_done(Fields fields) {
  return Response(Done{fields.u32()});
}

Result<ListEntry> decode_entry(Fields& fields) {
  ListEntry entry;
  entry.type = fields.one_of(ListEntry::Type::Folder);
  entry.size = fields.number();
  entry.mtime = fields.i64();
  entry.mode = fields.mode();
  entry.sha256 = fields.bytes32();
  entry.seq = fields.number();
  entry.path = text_of(fields.bytes(fields.u16()));
  if (!fields.sound()) return malformed(ResponseCode::Listing, "has an entry that is none");
  // It becomes a path on this machine.
  if (!is_path(entry.path)) {
    return Error{ErrorCode::BadPath, "the server listed a path that is not safe"};
  }
  return entry;
}

Result<Response> decode_listing(Fields fields) {
  Listing listing;
  listing.stream = fields.u32();
  listing.more = fields.flag(fields.u8(), more_flag);
  const auto count = fields.u32();
  if (count > most_list_entries) {
    return malformed(ResponseCode::Listing, "has more entries than a page holds");
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    auto entry = decode_entry(fields);
    if (!entry) return entry.error();
    listing.entries.push_back(*std::move(entry));
  }
  if (!fields.complete()) return malformed(ResponseCode::Listing, "has bytes behind its entries");
  return Response(std::move(listing));
}

Result<Response> decode_file(Fields fields) {
  FileHead head;
  head.stream = fields.u32();
  head.size = fields.number();
  head.mtime = fields.i64();
  head.mode = fields.mode();
  head.sha256 = fields.bytes32();
  head.seq = fields.number();
  if (!fields.complete()) {
    return malformed(ResponseCode::File, "has fields that do not fit it");
  }
  return Response(head);
}

Result<Response> decode_content(Fields fields) {
  Content content;
  content.stream = fields.u32();
  content.offset = fields.number();
  content.bytes = fields.rest();
  if (!fields.complete()) {
    return malformed(ResponseCode::Content, "has fields that do not fit it");
  }
  return Response(content);
}

Result<Response> decode_knock_key(Fields fields) {
  KnockKeyGiven given;
  given.stream = fields.u32();
  given.port = fields.u16();
  given.key = fields.bytes32();
  if (!fields.complete()) {
    return malformed(ResponseCode::KnockKey, "has fields that do not fit it");
  }
  return Response(given);
}

/// The responses that answer on a stream begin with it.
bool has_stream(ResponseCode code) {
  switch (code) {
    case ResponseCode::Welcome:
    case ResponseCode::Window:
    case ResponseCode::Refused: return false;  // the last may be about the connection
    default: return true;
  }
}

}  // namespace

Result<Response> decode_response(ResponseCode code, ByteView payload) {
  Fields fields(payload);
  if (has_stream(code) && Fields(fields).u32() == 0) return no_stream(code);
  switch (code) {
    case ResponseCode::Welcome: return decode_welcome(fields);
    case ResponseCode::Refused: return decode_refused(fields);
    case ResponseCode::Opened: return decode_opened(fields);
    case ResponseCode::Window: {
      const WindowUpdate update{fields.number()};
      if (!fields.complete()) return malformed(code, "has a number above 2^53 - 1");
      return Response(update);
    }
    case ResponseCode::Receipt: return decode_receipt(fields);
    case ResponseCode::Done: return decode_done(fields);
    case ResponseCode::Listing: return decode_listing(fields);
    case ResponseCode::File: return decode_file(fields);
    case ResponseCode::Content: return decode_content(fields);
    case ResponseCode::KnockKey: return decode_knock_key(fields);
  }
  return Error{ErrorCode::UnknownCode, "a response that this client does not know"};
}

StreamId stream_of(const Response& response) {
  return std::visit(
      [](const auto& message) -> StreamId {
        if constexpr (requires { message.stream; }) {
          return message.stream;
        } else {
          return 0;
        }
      },
      response);
}

}  // namespace sesame::protocol::v4
