// What a node says about its input. Collected while the node runs and published after it returned,
// with the stamp of the input; when it throws, nothing is. Images are written straight into the
// pooled buffer that the link sends from, so that nothing is copied on this side either.
//
// Before anything is published it is checked: a wrong size, values that are not finite or labels
// without a class cost that result, are counted and logged. Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "common/base/buffer.h"
#include "common/metrics/ledger.h"
#include "plugins/sdk/view.h"
#include "slicecast/v1/feed.pb.h"

namespace slicecast::plugin {

// An image to be filled: all of `pixels`, whose contents are undefined at first. `header` may be
// changed (model, warning, quantity, ...); input, producer, classes and processing_ms are set by
// the SDK.
template <class Pixel, class Header>
struct ImageOut {
  std::span<Pixel> pixels;
  int rows = 0, columns = 0;
  Header& header;
  Pixel& operator()(int r, int c) const {
    return pixels[static_cast<std::size_t>(r) * static_cast<std::size_t>(columns) +
                  static_cast<std::size_t>(c)];
  }
};
// Thrown for a size that no image has; costs the results of the call, counted as bad_size.
class WrongShape : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using LabelsOut = ImageOut<std::uint8_t, v1::LabelImage>;
using WideLabelsOut = ImageOut<std::uint16_t, v1::LabelImage>;
using ValuesOut = ImageOut<float, v1::ValueImage>;

class Output {
 public:
  Output(std::string producer, std::vector<v1::LabelClass> classes,
         std::shared_ptr<BufferPool> pool);
  ~Output();
  Output(const Output&) = delete;

  // labels/<name>/<slice id>: class indices over the plane of the input, in its size or another.
  LabelsOut labels(const SliceView& input, int rows = 0, int columns = 0);
  // For more than 256 classes.
  WideLabelsOut wide_labels(const SliceView& input, int rows = 0, int columns = 0);
  // values/<name>/<slice id>
  ValuesOut values(const SliceView& input, int rows = 0, int columns = 0);
  // The same with what they are; the unit is that of the input unless given.
  ValuesOut values(const SliceView& input, const std::string& quantity,
                   const std::string& unit = "");
  // The same from the node's own memory: copies once. Must be as long as the input has pixels.
  void labels(const SliceView& input, std::span<const std::uint8_t> pixels);
  void values(const SliceView& input, std::span<const float> pixels);
  // table/<name>/<title>/<slice id>: add columns of equal length. `input` null: about no image, and
  // the key ends with the title.
  v1::Table& table(const SliceView* input, const std::string& title);
  // The same with its columns.
  struct Column {
    std::string name, unit;
    std::vector<double> values;
  };
  v1::Table& table(const SliceView* input, const std::string& title,
                   const std::vector<Column>& columns);
  // event/<name>/<name of event>/<slice id> likewise, with the time of now.
  v1::Event& event(const SliceView* input, const std::string& name, const std::string& text);
  // Replaces the classes, e.g. those of another model; for the results of this call only.
  void set_classes(std::vector<v1::LabelClass> classes);

  // What the SDK takes out afterwards.
  struct Ready {
    std::string key;
    v1::FeedHeader header;  // without version
    ConstBufferPtr pixels;
    std::string input_key;                                // empty: about no image
    std::uint64_t input_version = 0, input_instance = 0;  // of its feed
  };
  struct Refused {
    std::string key;
    metrics::Drop reason;
    std::string why;  // one line
    std::string input_key;
  };
  std::vector<std::variant<Ready, Refused>> finish(double processing_ms);
  void discard();

 private:
  struct Item;
  struct Fault {
    metrics::Drop reason;
    std::string why;
  };
  Item& add(const SliceView* input, std::string key);
  template <class Out, class Pixel>
  void copy(const Out& out, std::span<const Pixel> pixels);
  void complete(Item& item, double processing_ms) const;
  static std::optional<Fault> fault_of(const Item& item);

  const std::string producer_;
  std::vector<v1::LabelClass> classes_;
  const std::shared_ptr<BufferPool> pool_;
  std::vector<std::unique_ptr<Item>> items_;
};

}  // namespace slicecast::plugin
