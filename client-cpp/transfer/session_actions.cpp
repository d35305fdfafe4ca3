#include <algorithm>

#include "base/display.hpp"
#include "protocol/requests.hpp"
#include "transfer/ciphertext_stream.hpp"
#include "transfer/session.hpp"

namespace sesame::transfer {

using namespace protocol;

namespace {

/// With one connection per request, a reply to a 1030 is waited for no longer than this: some
/// servers give none.
constexpr auto reply_to_1030 = std::chrono::seconds(1);

Error name_taken(const std::string& client_name) {
  return {ErrorCode::NameTaken,
          "the server has another client with the name '" + escaped(client_name) +
              "'. Choose another name in line 2 of transfer.info; or wait 10 minutes, if an "
              "earlier run was cut off while it registered; or have the operator run: sesamed "
              "clients reset NAME"};
}

Error refused() {
  return {ErrorCode::Refused,
          "the server refused this client with a general error (2107); its log says why"};
}

}  // namespace

Result<Session::EarlyResponse> Session::perform(Action action) {
  const auto verdict = [this](RequestCode code) {
    return encode_crc_verdict(code, identity_->id, job_->name_field);
  };
  const auto done = [](const Status& status) -> Result<EarlyResponse> {
    if (!status) return status.error();
    return EarlyResponse();
  };

  switch (action) {
    case Action::SendRegister: return send_frame(encode_register(client_name_field_));
    case Action::SendPublicKey: return send_public_key();
    case Action::AdoptIdentity: {
      if (const auto adopted = adopt_identity(); !adopted) return adopted.error();
      return send_public_key();
    }
    case Action::SendReconnect:
      return send_frame(encode_reconnect(identity_->id, client_name_field_));
    case Action::TakeKey: return done(take_key());
    case Action::SendFile: return send_file();
    case Action::SendFileAgain: return send_file_again();
    case Action::SendCrcCorrect: return send_frame(verdict(RequestCode::CrcCorrect));
    case Action::SendGiveUp: return send_frame(verdict(RequestCode::CrcGivenUp));
    case Action::KeepWaiting:
    case Action::FinishFile: return EarlyResponse();
    case Action::RefuseFile:
    case Action::RefuseFileAndDrop:
      return Error{ErrorCode::Refused,
                   "refused by the server (2107); its log says why: often the name, or no space"};
    case Action::FailFile:
      return Error{ErrorCode::CrcDiffers,
                   "the server received it with another CRC " +
                       std::to_string(FileJob::most_sends) +
                       " times: its CRC variant may be another one (try --crc), or it runs with "
                       "--debug, which makes every CRC wrong"};
    case Action::ReportNameTaken: return name_taken(client_name_);
    case Action::ReportRefusal: return refused();
    case Action::ReportLost: break;
  }
  return loss_.value_or(
      Error{ErrorCode::ConnectionLost, "the connection broke before the file was confirmed"});
}

Result<Session::EarlyResponse> Session::send_frame(ByteView frame) {
  if (const auto begun = link_.begin_request(); !begun) return begun.error();
  Outgoing out(frame);
  return link_.channel().send(out);
}

Result<Session::EarlyResponse> Session::send_public_key() {
  return send_frame(
      encode_public_key(identity_->id, client_name_field_, identity_->key.public_der()));
}

/// me.info is written before anything hangs on it: should the run end here, the next one goes on
/// with this id instead of finding its own name taken.
Status Session::adopt_identity() {
  Identity identity{client_name_, granted_id_, crypto::RsaKey::make()};
  const auto kept = store_.replace(identity);
  if (!kept) return kept.error();
  identity_ = std::move(identity);
  reporter_.registered(client_name_, *kept);
  return {};
}

Status Session::take_key() {
  auto key = identity_->key.unwrap(wrapped_key_);
  if (!key) {
    state_ = State::Ended;
    return Error{ErrorCode::IdentityMismatch,
                 key.error().message + " (" + escaped(store_.path().native()) +
                     "): it is not the key that the server knows. Move me.info away to register "
                     "another name, or bring back the me.info that belongs to this client"};
  }
  aes_key_ = *key;
  return {};
}

/// 1030, and the next 1028 right behind it: no server is waited for that gives no reply.
Result<Session::EarlyResponse> Session::send_file_again() {
  Bytes wrong = encode_crc_verdict(RequestCode::CrcWrong, identity_->id, job_->name_field);
  if (!link_.is_connection_per_request()) return send_file(std::move(wrong));

  auto early = send_frame(wrong);
  if (!early) return early;
  const auto reply = link_.channel().receive(reply_to_1030);
  if (!reply && reply.error().code == ErrorCode::Interrupted) return reply.error();
  return send_file();  // whatever came: the answer to the 1028 decides
}

/// `frames` leave before the 1028.
Result<Session::EarlyResponse> Session::send_file(Bytes frames) {
  CiphertextStream stream(job_->source, *aes_key_, crc_variant_, ring_);
  auto block = stream.next();
  if (!block) return block.error();
  if (const auto begun = link_.begin_request(); !begun) return begun.error();

  ++job_->sends;
  reporter_.file_started(job_->name, job_->source.size(), job_->sends);
  const Bytes head = encode_file_head(identity_->id, job_->name_field, job_->content_size());
  frames.insert(frames.end(), head.begin(), head.end());

  ByteView before = frames;
  std::uint64_t sent = 0;
  while (!block->empty()) {
    auto early = send_block(Outgoing(before, *block));
    if (!early || early->has_value()) return early;
    before = {};
    sent += block->size();
    reporter_.file_progress(sent, job_->content_size());
    block = stream.next();
    if (!block) return block.error();
  }
  job_->crc = stream.crc();
  return EarlyResponse();
}

/// Goes on past a 2104 that answers a 1030.
Result<Session::EarlyResponse> Session::send_block(Outgoing out) {
  while (true) {
    auto early = link_.channel().send(out);
    const bool answered = early && early->has_value();
    if (!answered) return early;
    const auto skip = find_transition(state_, Event::Acknowledged);
    if (!std::holds_alternative<Acknowledged>(**early) || !skip) return early;
    state_ = skip->to;
  }
}

}  // namespace sesame::transfer
