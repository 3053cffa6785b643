// What the processing tests share: tests/support/process_scene.h, and the processor of the cpu.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "common/recon/cpu/processor.h"
#include "common/recon/cpu/targets.h"
#include "common/recon/processing.h"
#include "common/recon/reference/processor.h"
#include "tests/support/process_scene.h"

namespace slicecast::recon::test {

std::unique_ptr<Processor> cpu_of(const ProcessDesc& desc);

}  // namespace slicecast::recon::test
