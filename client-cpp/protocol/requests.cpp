#include "protocol/requests.hpp"

#include <stdexcept>

#include "protocol/byte_writer.hpp"

namespace sesame::protocol {
namespace {

/// A frame whose payload is a name and perhaps something behind it.
Bytes encode_named(RequestCode code, const ClientId& id, const NameField& name,
                   ByteView rest = {}) {
  Bytes frame(RequestHeader::size + name.size() + rest.size());
  ByteWriter writer(frame);
  const auto payload_size = static_cast<std::uint32_t>(name.size() + rest.size());
  writer.put(encode(RequestHeader{id, code, payload_size}));
  writer.put(name);
  writer.put(rest);
  return frame;
}

}  // namespace

Bytes encode_register(const NameField& client_name) {
  return encode_named(RequestCode::Register, ClientId{}, client_name);
}

Bytes encode_public_key(const ClientId& id, const NameField& client_name, ByteView public_key) {
  if (public_key.size() < smallest_public_key || public_key.size() > largest_public_key) {
    throw std::length_error("a public key of this size does not fit a 1026");
  }
  return encode_named(RequestCode::PublicKey, id, client_name, public_key);
}

Bytes encode_reconnect(const ClientId& id, const NameField& client_name) {
  return encode_named(RequestCode::Reconnect, id, client_name);
}

Bytes encode_file_head(const ClientId& id, const NameField& file_name, std::uint32_t content_size) {
  if (content_size > ciphertext_size(largest_file)) {
    throw std::length_error("a ciphertext of this size does not fit a 1028");
  }
  Bytes frame(RequestHeader::size + file_head_size);
  ByteWriter writer(frame);
  const auto payload_size = static_cast<std::uint32_t>(file_head_size + content_size);
  writer.put(encode(RequestHeader{id, RequestCode::File, payload_size}));
  writer.u32(content_size);
  writer.put(file_name);
  return frame;
}

Bytes encode_crc_verdict(RequestCode verdict, const ClientId& id, const NameField& file_name) {
  return encode_named(verdict, id, file_name);
}

}  // namespace sesame::protocol
