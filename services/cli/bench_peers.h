// What other libraries take for the same work on the same input: ONNX Runtime, OpenCV and
// scikit-image, where the Python interpreter that `slicecast bench --peers` names has them. They
// are timed by bench_peers.py, a child process, after our own figures. Nothing of it is needed to
// build, run or test: what is not there is said beside the figure and is never a fault.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/image_view.h"
#include "common/base/pixel_type.h"
#include "common/nn/graph/graph.h"
#include "services/cli/bench_row.h"
#include "services/cli/demo_children.h"

namespace slicecast::cli {

// Rows beside which peers are timed. Use: start(), any number of inputs and jobs, add_to().
class BenchPeers {
 public:
  static Result<BenchPeers> start(const BenchContext& context);

  // The names of files, for the jobs. Rows x columns of a contiguous image.
  Result<std::string> image(const std::string& name, ImageView<const float> pixels);
  Result<std::string> labels(const std::string& name, ImageView<const std::uint8_t> labels);
  Result<std::string> values(const std::string& name, std::span<const float> values);
  Result<std::string> model(const std::string& name, const nn::Graph& graph);

  struct Job {
    std::string row;   // "nn.unet_one_thread"
    std::string kind;  // "network", or the name of a method of bench_segmentation()
    int threads = 1;
    std::string image;     // file
    std::string model;     // file; networks
    std::string expected;  // file of our answer, to compare with; empty: none
    double low_percentile = 0, high_percentile = 0;  // of the seeds
    std::string note;                                // said beside each figure
  };
  void add(Job job) { jobs_.push_back(std::move(job)); }

  // Runs the script and puts what it found beside the figures.
  void add_to(std::span<Measurement> rows);

 private:
  BenchPeers(TemporaryDirectory folder, std::string interpreter)
      : folder_(std::move(folder)), interpreter_(std::move(interpreter)) {}
  Result<std::string> write(const std::string& file, std::span<const std::byte> header,
                            std::span<const std::byte> content);
  Result<std::string> array(const std::string& name, PixelType type,
                            const std::vector<std::uint64_t>& shape,
                            std::span<const std::byte> pixels);
  template <class T>
  Result<std::string> picture(const std::string& name, PixelType type, ImageView<const T> image);
  std::string run_script();  // why it did not come to its end; empty: it did

  TemporaryDirectory folder_;
  std::string interpreter_;
  std::vector<Job> jobs_;
};

}  // namespace slicecast::cli
