#include "protocol/v4/requests.hpp"

#include <stdexcept>

#include "base/utf8.hpp"
#include "protocol/byte_writer.hpp"

namespace sesame::protocol::v4 {
namespace {

constexpr std::uint16_t minor_version = 0;
constexpr std::uint16_t no_flags = 0;
constexpr std::uint8_t size_known = 1;
constexpr std::uint8_t start_over_flag = 2;
constexpr std::uint8_t way_open = 0;
constexpr std::uint8_t way_token = 1;

void put_header(ByteWriter& writer, const ClientId& id, RequestCode code,
                std::size_t payload_size) {
  writer.put(id.bytes);
  writer.u8(version);
  writer.u16(static_cast<std::uint16_t>(code));
  writer.u32(static_cast<std::uint32_t>(payload_size));
}

/// A frame with a payload of that size, which `fill` writes.
template <typename Fill>
Bytes encode(const ClientId& id, RequestCode code, std::size_t payload_size, Fill fill) {
  Bytes frame(RequestHeader::size + payload_size);
  ByteWriter writer(frame);
  put_header(writer, id, code, payload_size);
  fill(writer);
  return frame;
}

void put_number(ByteWriter& writer, std::uint64_t number) {
  if (number > largest_number) throw std::length_error("a number above 2^53 - 1");
  writer.u64(number);
}

void put_attributes(ByteWriter& writer, Attributes attributes) {
  writer.u64(static_cast<std::uint64_t>(attributes.mtime));
  writer.u32(attributes.mode & 07777U);
}

void put_text(ByteWriter& writer, std::string_view text) {
  if (text.size() > longest_path) throw std::length_error("a path of more than 4096 bytes");
  writer.u16(static_cast<std::uint16_t>(text.size()));
  writer.put(bytes_of(text));
}

/// What of a text fits into so many bytes, without cutting a character.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t length = 0;
  while (const auto next = first_char(text.substr(length))) {
    if (length + next->length > most) break;
    length += next->length;
  }
  return text.substr(0, length);
}

}  // namespace

Bytes encode_hello(const ClientId& id, std::string_view agent) {
  agent = agent.substr(0, longest_agent);
  return encode(id, RequestCode::Hello, 4 + agent.size(), [&](ByteWriter& writer) {
    writer.u16(minor_version);
    writer.u16(no_flags);
    writer.put(bytes_of(agent));
  });
}

Bytes encode_join(const ClientId& id, const std::optional<Bytes32>& token, const NameField& name) {
  return encode(id, RequestCode::Join, 1 + hash_size + name.size(), [&](ByteWriter& writer) {
    writer.u8(token ? way_token : way_open);
    writer.put(token.value_or(Bytes32{}));
    writer.put(name);
  });
}

Bytes encode_open(const ClientId& id, StreamId stream, std::optional<std::uint64_t> size,
                  bool start_over, Attributes attributes, std::string_view path) {
  return encode(id, RequestCode::Open, open_head_size + path.size(), [&](ByteWriter& writer) {
    writer.u32(stream);
    writer.u8(
        static_cast<std::uint8_t>((size ? size_known : 0) | (start_over ? start_over_flag : 0)));
    put_number(writer, size.value_or(0));
    put_attributes(writer, attributes);
    put_text(writer, path);
  });
}

void encode_data_head(MutableByteView out, const ClientId& id, StreamId stream,
                      std::uint64_t offset, std::size_t content_size) {
  if (content_size == 0 || content_size > largest_block) {
    throw std::length_error("content of this size does not fit a 1104");
  }
  ByteWriter writer(out);
  put_header(writer, id, RequestCode::Data, data_head_size + content_size);
  writer.u32(stream);
  put_number(writer, offset);
}

Bytes encode_commit(const ClientId& id, StreamId stream, std::uint64_t size,
                    const Bytes32& sha256) {
  return encode(id, RequestCode::Commit, 4 + 8 + hash_size, [&](ByteWriter& writer) {
    writer.u32(stream);
    put_number(writer, size);
    writer.put(sha256);
  });
}

void encode_put_head(MutableByteView out, const ClientId& id, StreamId stream,
                     const Bytes32& sha256, std::size_t content_size, Attributes attributes,
                     std::string_view path) {
  if (content_size > largest_put) {
    throw std::length_error("content of this size does not fit a 1106");
  }
  ByteWriter writer(out);
  put_header(writer, id, RequestCode::Put, put_head_size + path.size() + content_size);
  writer.u32(stream);
  writer.put(sha256);
  writer.u32(static_cast<std::uint32_t>(content_size));
  put_attributes(writer, attributes);
  put_text(writer, path);
}

void set_stream(MutableByteView frame, StreamId stream) {
  ByteWriter writer(frame.subspan(RequestHeader::size));
  writer.u32(stream);
}

Bytes encode_cancel(const ClientId& id, StreamId stream, bool drop) {
  return encode(id, RequestCode::Cancel, 4 + 1, [&](ByteWriter& writer) {
    writer.u32(stream);
    writer.u8(drop ? 1 : 0);
  });
}

Bytes encode_folder(const ClientId& id, StreamId stream, Attributes attributes,
                    std::string_view path) {
  return encode(id, RequestCode::Folder, folder_head_size + path.size(), [&](ByteWriter& writer) {
    writer.u32(stream);
    put_attributes(writer, attributes);
    put_text(writer, path);
  });
}

Bytes encode_list(const ClientId& id, StreamId stream, std::string_view path,
                  std::string_view after) {
  return encode(id, RequestCode::List, 4 + 2 + path.size() + 2 + after.size(),
                [&](ByteWriter& writer) {
                  writer.u32(stream);
                  put_text(writer, path);
                  put_text(writer, after);
                });
}

Bytes encode_fetch(const ClientId& id, StreamId stream, std::uint64_t offset,
                   std::string_view path) {
  return encode(id, RequestCode::Fetch, 4 + 8 + 2 + path.size(), [&](ByteWriter& writer) {
    writer.u32(stream);
    put_number(writer, offset);
    put_text(writer, path);
  });
}

Bytes encode_knock_key(const ClientId& id, StreamId stream) {
  return encode(id, RequestCode::KnockKey, 4, [&](ByteWriter& writer) { writer.u32(stream); });
}

Bytes encode_waiting(const ClientId& id, StreamId stream, const Waiting& waiting) {
  const auto why = cut(waiting.why, longest_why);
  return encode(id, RequestCode::Waiting, waiting_head_size + why.size(), [&](ByteWriter& writer) {
    writer.u32(stream);
    put_number(writer, waiting.files);
    put_number(writer, waiting.bytes);
    put_number(writer, waiting.failing);
    writer.u64(static_cast<std::uint64_t>(waiting.oldest));
    writer.put(bytes_of(why));
  });
}

}  // namespace sesame::protocol::v4
