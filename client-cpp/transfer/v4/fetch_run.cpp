#include "transfer/v4/fetch_run.hpp"

#include "transfer/v4/fetch_engine.hpp"

namespace sesame::transfer::v4 {

FetchRun::FetchRun(Endpoint endpoint, FetchOptions options, FetchSource& source,
                   FetchReporter& reporter)
    : engine_(std::make_unique<Engine>(std::move(endpoint), std::move(options), source, reporter)) {
}

FetchRun::~FetchRun() = default;

FetchSummary FetchRun::run() {
  return engine_->run();
}

}  // namespace sesame::transfer::v4
