// cuda_bench [--device INDEX|UUID] [--scale S] [--repeats N] [--sweep] [--kernels FILE] [--json]
// [--card] Prints what a card reaches as a markdown table, beside limits measured in the same run;
// with --card only which card it is. Exit status 1: a promise was not met; 2: it could not be
// measured.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "cuda/bench/bench.h"
#include "cuda/device/cuda_device.h"

using namespace slicecast;

namespace {

int stopped(const std::string& why) {
  std::fprintf(stderr, "cuda_bench: %s\n", why.c_str());
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
  cuda::bench::Options options;
  std::string device_name;
  bool json = false, only_card = false;
  for (int i = 1; i < count; ++i) {
    const std::string option = arguments[i];
    if (option == "--json" || option == "--sweep" || option == "--card") {
      (option == "--json" ? json : option == "--card" ? only_card : options.sweep) = true;
      continue;
    }
    if (i + 1 >= count) return stopped("unknown option or no value: " + option);
    const std::string value = arguments[++i];
    if (option == "--device") {
      device_name = value;
    } else if (option == "--scale") {
      options.scale = std::atof(value.c_str());
    } else if (option == "--repeats") {
      options.repeats = std::atoi(value.c_str());
    } else if (option == "--kernels") {
      const auto config = recon::read_kernel_config(value);
      if (!config) return stopped(config.error().message);
      options.kernels = config->cuda;
    } else {
      return stopped("unknown option " + option);
    }
  }
  if (!(options.scale > 0 && options.scale <= 4) || options.repeats < 1)
    return stopped("--scale is from 0 to 4 and --repeats at least 1");
  auto opened = cuda::open_cuda_device(device_name);
  if (!opened) return stopped(opened.error().message);
  const std::shared_ptr<cuda::Device> device = std::move(*opened);
  if (only_card) {
    std::fputs(cuda::bench::card_line(device->facts()).c_str(), stdout);
    return 0;
  }
  const recon::KernelLimits limits{
      .device = device->facts().name,
      .threads_per_block = device->facts().threads_per_block,
      .shared_bytes_per_block = device->facts().shared_bytes_per_block};
  if (auto fits = recon::validate(options.kernels, limits); !fits)
    return stopped(fits.error().message);
  const auto rows = cuda::bench::run(device, options);
  if (!rows) return stopped(rows.error().message);
  const std::string text =
      json ? cuda::bench::as_json_lines(*rows) : cuda::bench::as_markdown(device->facts(), *rows);
  std::fputs(text.c_str(), stdout);
  for (const auto& row : *rows)
    if (!row.met) return 1;
  return 0;
}
