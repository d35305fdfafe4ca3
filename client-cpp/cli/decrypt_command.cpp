#include "cli/decrypt_command.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/display.hpp"
#include "cli/key_prompt.hpp"
#include "net/interrupt.hpp"
#include "transfer/file_decryptor.hpp"

namespace sesame::cli {
namespace fs = std::filesystem;
namespace {

constexpr auto decrypt_footer =
    R"(The files are AES-128-CBC ciphertexts of protocol v3, as a server with --encrypt
stores them. Without --key-file the key is asked for on the terminal. A file appears
in OUT whole or not at all; what is there already is kept, unless --force.

Examples:
  sesame decrypt data/files/alice --out plain
  sesame decrypt --key-file key.hex data/files/alice --out plain

Exit codes: 0 every file decrypted, 1 other, 2 usage, 3 PATH not found, 23 some failed.)";

struct Job {
  fs::path source;
  fs::path target;
};

/// OUT is a folder: a file goes into it under its own name, a folder is mirrored in it.
std::vector<Job> jobs_for(const fs::path& source, const fs::path& out) {
  if (!fs::is_directory(source)) return {{source, out / source.filename()}};
  std::vector<Job> jobs;
  for (const auto& entry : fs::recursive_directory_iterator(source)) {
    if (entry.is_directory() && !entry.is_symlink()) continue;
    jobs.push_back({entry.path(), out / entry.path().lexically_relative(source)});
  }
  std::ranges::sort(jobs, {}, &Job::source);
  return jobs;
}

Status decrypt(const Job& job, const crypto::AesKey& key, bool force) {
  if (fs::is_symlink(fs::symlink_status(job.source))) {
    return Error{ErrorCode::NotRegular, "a symbolic link, which is not followed"};
  }
  if (!force && fs::exists(fs::symlink_status(job.target))) {
    return Error{ErrorCode::AlreadyExists,
                 escaped(job.target.native()) + " exists already; --force replaces it"};
  }
  fs::create_directories(job.target.parent_path());
  return transfer::decrypt_file(
      job.source, job.target, key,
      force ? config::StagedFile::Existing::Replace : config::StagedFile::Existing::Keep);
}

Status decrypt_or_say_why(const Job& job, const crypto::AesKey& key, bool force) {
  try {
    return decrypt(job, key, force);
  } catch (const fs::filesystem_error& fault) {
    return Error{ErrorCode::Io, escaped(fault.path1().native()) + ": " + fault.code().message()};
  }
}

ExitCode fail(ExitCode exit, const std::string& message) {
  std::fprintf(stderr, "sesame: %s\n", message.c_str());
  return exit;
}

}  // namespace

DecryptCommand::DecryptCommand(CLI::App& program)
    : command_(program.add_subcommand("decrypt", "Turn stored ciphertexts back into files")) {
  command_->footer(decrypt_footer);
  command_->add_option("path", source_, "A ciphertext, or a folder of them")
      ->option_text("PATH")
      ->required();
  command_->add_option("-o,--out", out_, "The folder that the plaintext goes to")
      ->option_text("OUT")
      ->required();
  command_->add_option("--key-file", key_file_, "Holds the 32 hex digits of the key; - is stdin")
      ->option_text("F");
  command_->add_flag("--force", force_, "Replace files that are there already");
  command_->add_flag("-q,--quiet", quiet_, "Say only what goes wrong");
}

bool DecryptCommand::is_chosen() const {
  return command_->parsed();
}

ExitCode DecryptCommand::run() const {
  if (!fs::exists(source_)) {
    return fail(ExitCode::NotFound, escaped(source_.native()) + " does not exist");
  }
  const auto key = key_file_.empty() ? ask_for_key() : read_key_file(key_file_);
  if (!key) {
    const bool bad_key = key.error().code == ErrorCode::BadKey;
    return fail(bad_key ? ExitCode::Usage : exit_code(key.error()), key.error().message);
  }

  net::Interrupt::install();  // a file that is half done must not stay
  const auto jobs = jobs_for(source_, out_);
  std::size_t failed = 0;
  std::size_t bad_padding = 0;
  for (const Job& job : jobs) {
    const auto decrypted = decrypt_or_say_why(job, *key, force_);
    if (decrypted) {
      if (!quiet_) std::fprintf(stderr, "✓ %s\n", escaped(job.target.native()).c_str());
      continue;
    }
    if (decrypted.error().code == ErrorCode::Interrupted) {
      return fail(exit_code(decrypted.error()), "interrupted; what is done stays");
    }
    ++failed;
    if (decrypted.error().code == ErrorCode::BadCiphertext) ++bad_padding;
    std::fprintf(stderr, "✗ %s: %s\n", escaped(job.source.native()).c_str(),
                 decrypted.error().message.c_str());
  }
  if (bad_padding > 0 && failed == jobs.size()) {
    std::fprintf(stderr, "sesame: no file has the right padding: most likely the key is wrong\n");
  }
  if (!quiet_) std::fprintf(stderr, "%zu of %zu decrypted\n", jobs.size() - failed, jobs.size());
  return failed == 0 ? ExitCode::Done : ExitCode::SomeFailed;
}

}  // namespace sesame::cli
