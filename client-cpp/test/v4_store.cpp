#include "v4_store.hpp"

#include "base/hex.hpp"
#include "protocol/byte_reader.hpp"
#include "protocol/byte_writer.hpp"

namespace sesame::test {
namespace {

using protocol::ByteReader;

/// Puts fields one behind the other.
class Payload {
 public:
  Payload& u8(std::uint8_t value) { return number(value, 1); }
  Payload& u16(std::uint16_t value) { return number(value, 2); }
  Payload& u32(std::uint32_t value) { return number(value, 4); }
  Payload& u64(std::uint64_t value) { return number(value, 8); }
  Payload& put(ByteView bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Payload& put(std::string_view text) { return put(bytes_of(text)); }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Payload& number(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i)
      bytes_.push_back(static_cast<std::byte>(value >> 8 * i & 0xFF));
    return *this;
  }
  Bytes bytes_;
};

void append(Bytes& to, const Bytes& more) {
  to.insert(to.end(), more.begin(), more.end());
}

std::string text_field(ByteReader& reader) {
  const auto size = reader.u16().value();
  return std::string(text_of(reader.take(size).value()));
}

crypto::Sha256Digest digest_field(ByteReader& reader) {
  crypto::Sha256Digest digest;
  std::ranges::copy(reader.take(digest.size()).value(), digest.begin());
  return digest;
}

}  // namespace

Bytes v4_response(std::uint16_t code, ByteView payload) {
  return Payload()
      .u8(4)
      .u16(code)
      .u32(static_cast<std::uint32_t>(payload.size()))
      .put(payload)
      .bytes();
}

Bytes v4_refusal(std::uint32_t stream, std::uint16_t number, std::string_view text) {
  return v4_response(2202, Payload().u32(stream).u16(number).put(text).bytes());
}

V4Store::V4Store() : client_id(*ClientId::parse("a1b2c3d4e5f647189a8b7c6d5e4f3a2b")) {
  maker.client = client_id;
}

void V4Store::begin_connection() {
  streams_.clear();
  taken_ = reported_ = 0;
}

void V4Store::go_back_to(std::uint64_t seq) {
  std::erase_if(versions, [seq](const auto& entry) { return entry.second.seq > seq; });
  last_seq_ = seq;
  last_receipt_ = {};
  for (const auto& [path, version] : versions) {
    if (version.seq == seq) last_receipt_ = crypto::sha256(bytes_of(version.receipt));
  }
}

Bytes V4Store::answer(const V4Frame& frame) {
  switch (frame.code) {
    case 1101:
    case 1102: return welcome();
    case 1103: return open(frame.payload);
    case 1104: return data(frame.payload);
    case 1105: return commit(frame.payload);
    case 1106: return put(frame.payload);
    case 1107: return cancel(frame.payload);
    case 1108: return folder(frame.payload);
    case 1109: return list(frame.payload);
    case 1110: return fetch(frame.payload);
    case 1111: return give_knock_key(frame.payload);
    default: return v4_refusal(0, 2);
  }
}

Bytes V4Store::welcome() const {
  return v4_response(
      2201, Payload()
                .u16(0)
                .u16(static_cast<std::uint16_t>((write_only ? 1 : 0) | (knock_key ? 2 : 0)))
                .put(client_id.bytes)
                .u32(window)
                .put(maker.key())
                .u64(last_seq_)
                .put(last_receipt_)
                .put("alice")
                .bytes());
}

Bytes V4Store::give_knock_key(ByteView payload) const {
  const auto stream = ByteReader(payload).u32().value();
  return v4_response(2210, Payload().u32(stream).u16(knock_port).put(knock_key.value()).bytes());
}

Bytes V4Store::open(ByteView payload) {
  ByteReader reader(payload);
  const auto stream = reader.u32().value();
  const auto flags = reader.u8().value();
  const auto size = reader.u64().value();
  Upload wanted{.size = (flags & 1) != 0 ? std::optional(size) : std::nullopt,
                .mtime = static_cast<std::int64_t>(reader.u64().value()),
                .mode = reader.u32().value(),
                .content = {}};
  const std::string path = text_field(reader);
  const bool start_over = (flags & 2) != 0;
  streams_[stream] = path;
  const auto version = versions.find(path);
  if (!start_over && version != versions.end() && wanted.size == version->second.content.size() &&
      wanted.mtime == version->second.mtime && wanted.mode == version->second.mode) {
    const Payload stored = Payload().u32(stream).u8(2).u64(0).put(version->second.sha256);
    return v4_response(2203, stored.bytes());
  }
  Upload& upload = uploads_[path];
  const bool same = upload.size == wanted.size && upload.mtime == wanted.mtime &&
                    upload.mode == wanted.mode && !upload.content.empty();
  if (!same || start_over) upload = wanted;
  return v4_response(2203, Payload()
                               .u32(stream)
                               .u8(upload.content.empty() ? 0 : 1)
                               .u64(upload.content.size())
                               .put(crypto::Sha256Digest{})
                               .bytes());
}

Bytes V4Store::take(std::size_t content) {
  content_received += content;
  taken_ += content;
  window_exceeded |= taken_ - reported_ > window;
  if (taken_ - reported_ < window / 8) return {};
  reported_ = taken_;
  return v4_response(2204, Payload().u64(taken_).bytes());
}

Bytes V4Store::data(ByteView payload) {
  ByteReader reader(payload);
  const auto stream = reader.u32().value();
  const auto offset = reader.u64().value();
  Bytes answer = take(reader.rest().size());
  const auto path = streams_.find(stream);
  if (path == streams_.end()) return answer;  // it was refused
  Upload& upload = uploads_[path->second];
  if (offset != upload.content.size()) {
    streams_.erase(path);
    append(answer, v4_refusal(stream, 19));
    return answer;
  }
  upload.content += text_of(reader.rest());
  return answer;
}

Bytes V4Store::commit(ByteView payload) {
  ByteReader reader(payload);
  const auto stream = reader.u32().value();
  const auto size = reader.u64().value();
  const auto sha256 = digest_field(reader);
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return {};
  const std::string path = found->second;
  streams_.erase(found);
  const auto version = versions.find(path);
  if (version != versions.end() && version->second.sha256 == sha256 && !uploads_.contains(path)) {
    return grant(stream, version->second, true);
  }
  Upload upload = uploads_[path];
  if (upload.content.size() != size) return v4_refusal(stream, 20);
  uploads_.erase(path);
  return finish(stream, path, std::move(upload), sha256);
}

Bytes V4Store::put(ByteView payload) {
  ByteReader reader(payload);
  const auto stream = reader.u32().value();
  const auto sha256 = digest_field(reader);
  const auto size = reader.u32().value();
  Upload upload{.size = size,
                .mtime = static_cast<std::int64_t>(reader.u64().value()),
                .mode = reader.u32().value(),
                .content = {}};
  const std::string path = text_field(reader);
  upload.content = text_of(reader.take(size).value());
  Bytes answer = take(size);
  append(answer, finish(stream, path, std::move(upload), sha256));
  return answer;
}

Bytes V4Store::finish(std::uint32_t stream, const std::string& path, Upload upload,
                      const crypto::Sha256Digest& sha256) {
  if (crypto::sha256(bytes_of(upload.content)) != sha256) return v4_refusal(stream, 21);
  const auto stands = versions.find(path);
  if (stands != versions.end() && stands->second.sha256 == sha256 &&
      stands->second.mtime == upload.mtime && stands->second.mode == upload.mode) {
    return grant(stream, stands->second, true);
  }
  const std::uint64_t seq = last_seq_ + 1;
  const std::size_t size = upload.content.size() + (lies ? 1 : 0);
  if (forks && seq > 1) last_receipt_[0] ^= std::byte{1};
  const auto prev = seq == 1 ? std::nullopt : std::optional(last_receipt_);
  Version version{.content = std::move(upload.content),
                  .mtime = upload.mtime,
                  .mode = upload.mode,
                  .sha256 = sha256,
                  .seq = seq,
                  .receipt = maker.text(
                      {.path = path, .size = size, .sha256 = sha256, .seq = seq, .prev = prev})};
  last_seq_ = seq;
  last_receipt_ = crypto::sha256(bytes_of(version.receipt));
  ++versions_made;
  Version& kept = versions[path] = std::move(version);
  return grant(stream, kept, false);
}

Bytes V4Store::grant(std::uint32_t stream, const Version& version, bool already_there) const {
  const Bytes signature = (forges ? forger_ : maker).sign(version.receipt);
  return v4_response(2205, Payload()
                               .u32(stream)
                               .u8(already_there ? 1 : 0)
                               .u32(static_cast<std::uint32_t>(version.receipt.size()))
                               .put(version.receipt)
                               .put(signature)
                               .bytes());
}

Bytes V4Store::cancel(ByteView payload) {
  ByteReader reader(payload);
  const auto stream = reader.u32().value();
  const bool drop = reader.u8() == 1;
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return {};
  if (drop) uploads_.erase(found->second);
  streams_.erase(found);
  return v4_response(2206, Payload().u32(stream).bytes());
}

Bytes V4Store::folder(ByteView payload) {
  ByteReader reader(payload);
  const auto stream = reader.u32().value();
  const Folder folder{static_cast<std::int64_t>(reader.u64().value()), reader.u32().value()};
  folders[text_field(reader)] = folder;
  return v4_response(2206, Payload().u32(stream).bytes());
}

Bytes V4Store::list(ByteView payload) const {
  ByteReader reader(payload);
  const auto stream = reader.u32().value();
  const std::string below = text_field(reader);
  const std::string after = text_field(reader);
  if (write_only) return v4_refusal(stream, 23);
  Payload entries;
  std::uint32_t count = 0;
  bool more = false;
  for (const auto& [path, version] : versions) {
    if (path <= after || (!below.empty() && path != below && !path.starts_with(below + "/"))) {
      continue;
    }
    if (count == page_size) {
      more = true;
      break;
    }
    ++count;
    entries.u8(0).u64(version.content.size()).u64(static_cast<std::uint64_t>(version.mtime));
    entries.u32(version.mode).put(version.sha256).u64(version.seq);
    entries.u16(static_cast<std::uint16_t>(path.size())).put(path);
  }
  if (count == 0 && !below.empty() && after.empty()) return v4_refusal(stream, 22);
  return v4_response(
      2207, Payload().u32(stream).u8(more ? 1 : 0).u32(count).put(entries.bytes()).bytes());
}

Bytes V4Store::fetch(ByteView payload) const {
  ByteReader reader(payload);
  const auto stream = reader.u32().value();
  auto offset = reader.u64().value();
  const auto found = versions.find(text_field(reader));
  if (found == versions.end()) return v4_refusal(stream, 22);
  const Version& version = found->second;
  if (offset > version.content.size()) return v4_refusal(stream, 19);
  Payload head;
  head.u32(stream).u64(version.content.size()).u64(static_cast<std::uint64_t>(version.mtime));
  head.u32(version.mode).put(version.sha256).u64(version.seq);
  Bytes answer = v4_response(2208, head.bytes());
  while (offset < version.content.size()) {
    const auto piece = version.content.substr(offset, 100'000);
    append(answer, v4_response(2209, Payload().u32(stream).u64(offset).put(piece).bytes()));
    offset += piece.size();
  }
  append(answer, v4_response(2206, Payload().u32(stream).bytes()));
  return answer;
}

}  // namespace sesame::test
