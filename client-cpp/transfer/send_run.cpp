#include "transfer/send_run.hpp"

#include <algorithm>

#include "net/wait.hpp"

namespace sesame::transfer {
namespace {

/// A server that broke the protocol twice in a row will do it again.
constexpr int most_retries_after_breach = 2;

bool ends_the_run(ErrorCode code) {
  switch (code) {
    case ErrorCode::Interrupted:
    case ErrorCode::NameTaken:
    case ErrorCode::IdentityMismatch:
    case ErrorCode::BadMeInfo: return true;
    default: return is_network_fault(code) || is_protocol_fault(code);
  }
}

}  // namespace

Result<FileJob> prepare_file(const std::filesystem::path& folder, const std::string& name) {
  auto name_field = protocol::encode_name(name);
  if (!name_field) return name_field.error();
  auto source = SourceFile::open(folder / name);
  if (!source) return source.error();
  return FileJob{.name = name, .name_field = *name_field, .source = *std::move(source)};
}

SendRun::SendRun(SendOptions options, Reporter& reporter)
    : options_(std::move(options)),
      reporter_(reporter),
      session_(options_.client_name, IdentityStore(options_.me_info), options_.link, options_.crc,
               reporter) {}

SendSummary SendRun::run() {
  const auto began = net::Clock::now();
  summary_.files = options_.files.size();
  if (const auto recalled = session_.recall_identity(); !recalled) {
    summary_.stopped_by = recalled.error();
  }
  for (const std::string& name : options_.files) {
    FileOutcome outcome{.name = name};
    if (summary_.stopped_by) {
      outcome.failure = Error{summary_.stopped_by->code, "not sent: the run ended before its turn"};
    } else {
      outcome = send(name);
    }
    outcome.left_over = summary_.stopped_by.has_value();
    count(outcome);
    reporter_.file_finished(outcome);
  }
  if (summary_.stopped_by) reporter_.stopped(*summary_.stopped_by);
  summary_.duration = net::Clock::now() - began;
  return summary_;
}

FileOutcome SendRun::send(const std::string& name) {
  auto job = prepare_file(options_.folder, name);
  if (!job) return FileOutcome{.name = name, .failure = job.error()};

  const auto sent = send_with_retries(*job);
  FileOutcome outcome{
      .name = name, .size = job->source.size(), .sends = job->sends, .crc = job->crc};
  if (!sent) outcome.failure = sent.error();
  return outcome;
}

Status SendRun::send_with_retries(FileJob& job) {
  while (true) {
    const auto opened = session_.open();
    auto done = opened ? session_.send(job) : opened;
    if (done) {
      attempts_ = 0;
      backoff_.reset();
      return done;
    }
    // Any failure to open is about this client, not about the file.
    const bool final = !opened || ends_the_run(done.error().code);
    if (!final) return done;
    if (const auto again = wait_before_retry(done.error()); !again) {
      summary_.stopped_by = again.error();
      return done;
    }
  }
}

Status SendRun::wait_before_retry(const Error& fault) {
  const bool breach = is_protocol_fault(fault.code);
  if (!breach && !is_network_fault(fault.code)) return fault;
  const int most =
      breach ? std::min(options_.retries, most_retries_after_breach) : options_.retries;
  if (attempts_ >= most) {
    return Error{fault.code, fault.message + "; given up after " + std::to_string(attempts_ + 1) +
                                 (attempts_ == 0 ? " try" : " tries") +
                                 ". Check the server and the way to it, then run this again"};
  }
  ++attempts_;
  const auto delay = backoff_.next();
  reporter_.retrying({fault, attempts_, most, delay});
  return net::sleep_for(delay);
}

void SendRun::count(const FileOutcome& outcome) {
  if (!outcome.failure) {
    ++summary_.acknowledged;
    summary_.bytes += outcome.size;
  } else if (!outcome.left_over && outcome.failure->code == ErrorCode::Refused) {
    ++summary_.refused;
  }
}

}  // namespace sesame::transfer
