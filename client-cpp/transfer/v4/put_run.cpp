#include "transfer/v4/put_run.hpp"

#include "transfer/v4/put_engine.hpp"

namespace sesame::transfer::v4 {

PutRun::PutRun(Endpoint endpoint, PutOptions options, ItemSource& source, ReceiptSink& receipts,
               PutReporter& reporter)
    : engine_(std::make_unique<Engine>(std::move(endpoint), options, source, receipts, reporter)) {}

PutRun::~PutRun() = default;

PutSummary PutRun::run() {
  return engine_->run();
}

}  // namespace sesame::transfer::v4
