#include "plugins/sdk/output.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "common/base/clock.h"
#include "common/wire/pixel_parts.h"

namespace slicecast::plugin {
namespace {

constexpr int kLongestOutputSide = 1 << 16;
constexpr std::size_t kLargestImage = std::size_t{1} << 30;   // bytes
constexpr std::size_t kLargestHeader = std::size_t{4} << 20;  // of the wire
constexpr std::size_t kLargestText = 1000;

// Vectorised, because it reads every pixel of every result.
bool all_finite(std::span<const float> pixels) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  std::uint32_t bad = 0;
  for (const float pixel : pixels)
    bad |= (std::bit_cast<std::uint32_t>(pixel) & kExponent) == kExponent ? 1U : 0U;
  return bad == 0;
}

bool all_finite(const v1::Table& table) {
  return std::ranges::all_of(table.columns(), [](const v1::TableColumn& column) {
    return std::ranges::all_of(column.values(), [](double value) { return std::isfinite(value); });
  });
}

template <class Label>
bool all_known(std::span<const Label> labels, const v1::LabelImage& image) {
  std::vector<char> known(std::size_t{1} << (8 * sizeof(Label)));
  for (const auto& one : image.classes())
    if (one.index() < known.size()) known[one.index()] = true;
  if (image.has_unlabelled() && image.unlabelled() < known.size()) known[image.unlabelled()] = true;
  // Classes from 0 on without a gap are the rule, and one comparison per pixel then is enough.
  const auto first_unknown = std::ranges::find(known, 0) - known.begin();
  unsigned over = 0;
  for (const Label label : labels) over |= label >= first_unknown ? 1U : 0U;
  if (over == 0) return true;
  return std::ranges::all_of(labels, [&](Label label) { return known[label] != 0; });
}

std::optional<std::string> misshapen(const v1::Table& table) {
  for (const auto& column : table.columns())
    if (column.values_size() != table.columns(0).values_size())
      return "column '" + column.name() + "' has another length than the first";
  const int rows = table.columns().empty() ? 0 : table.columns(0).values_size();
  if (table.row_names_size() != 0 && table.row_names_size() != rows)
    return "there are other row names than rows";
  return {};
}

}  // namespace

struct Output::Item {
  std::string key, input_key;
  std::uint64_t input_version = 0, input_instance = 0;
  v1::Stamp input;
  v1::FeedHeader header;
  BufferPtr pixels;
  std::optional<std::string> wrong_size;

  template <class Pixel>
  std::span<Pixel> allocate(BufferPool& pool, v1::PixelType type, int rows, int columns) {
    auto& format = *header.mutable_pixels();
    format.set_type(type);
    format.add_shape(static_cast<std::uint32_t>(rows));
    format.add_shape(static_cast<std::uint32_t>(columns));
    const auto count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    format.set_bytes(count * sizeof(Pixel));
    pixels = pool.take(count * sizeof(Pixel));
    return {pixels->as<Pixel>(), count};
  }
};

Output::Output(std::string producer, std::vector<v1::LabelClass> classes,
               std::shared_ptr<BufferPool> pool)
    : producer_(std::move(producer)), classes_(std::move(classes)), pool_(std::move(pool)) {}
Output::~Output() = default;

Output::Item& Output::add(const SliceView* input, std::string key) {
  items_.push_back(std::make_unique<Item>());
  Item& item = *items_.back();
  item.key = std::move(key);
  if (input == nullptr) return item;
  item.input_key = input->key();
  item.input_version = input->header->version();
  item.input_instance = input->header->instance();
  item.input = input->stamp();
  return item;
}

namespace {

struct Size {
  int rows, columns;
};

Size size_for(const SliceView& input, int rows, int columns, std::size_t pixel_bytes) {
  const Size size{rows == 0 ? input.rows : rows, columns == 0 ? input.columns : columns};
  const auto fits = [](int side) { return side > 0 && side <= kLongestOutputSide; };
  if (!fits(size.rows) || !fits(size.columns) ||
      static_cast<std::size_t>(size.rows) * static_cast<std::size_t>(size.columns) >
          kLargestImage / pixel_bytes)
    throw WrongShape("no image has " + std::to_string(size.rows) + " x " +
                     std::to_string(size.columns) + " pixels");
  return size;
}

std::string about(const SliceView& input) {
  return "/" + input.slice_id();
}

}  // namespace

LabelsOut Output::labels(const SliceView& input, int rows, int columns) {
  const Size size = size_for(input, rows, columns, sizeof(std::uint8_t));
  Item& item = add(&input, "labels/" + producer_ + about(input));
  v1::LabelImage& header = *item.header.mutable_labels();
  return {item.allocate<std::uint8_t>(*pool_, v1::UINT8, size.rows, size.columns), size.rows,
          size.columns, header};
}

WideLabelsOut Output::wide_labels(const SliceView& input, int rows, int columns) {
  const Size size = size_for(input, rows, columns, sizeof(std::uint16_t));
  Item& item = add(&input, "labels/" + producer_ + about(input));
  v1::LabelImage& header = *item.header.mutable_labels();
  return {item.allocate<std::uint16_t>(*pool_, v1::UINT16, size.rows, size.columns), size.rows,
          size.columns, header};
}

ValuesOut Output::values(const SliceView& input, const std::string& quantity,
                         const std::string& unit) {
  auto made = values(input);
  made.header.set_quantity(quantity);
  made.header.set_unit(unit.empty() ? input.value_unit() : unit);
  return made;
}

ValuesOut Output::values(const SliceView& input, int rows, int columns) {
  const Size size = size_for(input, rows, columns, sizeof(float));
  Item& item = add(&input, "values/" + producer_ + about(input));
  v1::ValueImage& header = *item.header.mutable_values();
  return {item.allocate<float>(*pool_, v1::FLOAT32, size.rows, size.columns), size.rows,
          size.columns, header};
}

template <class Out, class Pixel>
void Output::copy(const Out& out, std::span<const Pixel> pixels) {
  if (pixels.size() == out.pixels.size()) {
    std::ranges::copy(pixels, out.pixels.begin());
    return;
  }
  items_.back()->wrong_size = std::to_string(pixels.size()) + " pixels for an image of " +
                              std::to_string(out.rows) + " x " + std::to_string(out.columns);
}

void Output::labels(const SliceView& input, std::span<const std::uint8_t> pixels) {
  copy(labels(input), pixels);
}

void Output::values(const SliceView& input, std::span<const float> pixels) {
  copy(values(input), pixels);
}

v1::Table& Output::table(const SliceView* input, const std::string& title) {
  Item& item =
      add(input, "table/" + producer_ + "/" + title + (input == nullptr ? "" : about(*input)));
  item.header.mutable_table()->set_title(title);
  return *item.header.mutable_table();
}

v1::Table& Output::table(const SliceView* input, const std::string& title,
                         const std::vector<Column>& columns) {
  v1::Table& made = table(input, title);
  for (const Column& column : columns) {
    auto& added = *made.add_columns();
    added.set_name(column.name);
    added.set_unit(column.unit);
    added.mutable_values()->Assign(column.values.begin(), column.values.end());
  }
  return made;
}

v1::Event& Output::event(const SliceView* input, const std::string& name, const std::string& text) {
  Item& item =
      add(input, "event/" + producer_ + "/" + name + (input == nullptr ? "" : about(*input)));
  v1::Event& event = *item.header.mutable_event();
  event.set_text(text.substr(0, kLargestText));
  event.set_time_ns(now_ns());
  return event;
}

void Output::set_classes(std::vector<v1::LabelClass> classes) {
  classes_ = std::move(classes);
}

void Output::complete(Item& item, double processing_ms) const {
  const auto fill = [&](auto& message) {
    *message.mutable_input() = item.input;
    message.set_producer(producer_);
  };
  switch (item.header.payload_case()) {
    case v1::FeedHeader::kLabels: {
      auto& labels = *item.header.mutable_labels();
      fill(labels);
      labels.clear_classes();
      for (const auto& one : classes_) *labels.add_classes() = one;
      labels.set_processing_ms(processing_ms);
      return;
    }
    case v1::FeedHeader::kValues:
      fill(*item.header.mutable_values());
      return item.header.mutable_values()->set_processing_ms(processing_ms);
    case v1::FeedHeader::kTable:
      fill(*item.header.mutable_table());
      return item.header.mutable_table()->set_processing_ms(processing_ms);
    default: fill(*item.header.mutable_event());
  }
}

std::optional<Output::Fault> Output::fault_of(const Item& item) {
  using metrics::Drop;
  if (item.wrong_size) return Fault{Drop::bad_size, *item.wrong_size};
  if (item.header.ByteSizeLong() > kLargestHeader)
    return Fault{Drop::bad_size, "its text and numbers are over 4 MiB"};
  const std::size_t bytes = item.header.pixels().bytes();
  switch (item.header.payload_case()) {
    case v1::FeedHeader::kLabels:
      if (item.header.pixels().type() == v1::UINT8
              ? all_known<std::uint8_t>({item.pixels->as<std::uint8_t>(), bytes},
                                        item.header.labels())
              : all_known<std::uint16_t>({item.pixels->as<std::uint16_t>(), bytes / 2},
                                         item.header.labels()))
        return {};
      return Fault{Drop::bad_label, "a label has no class; declare it in `classes`"};
    case v1::FeedHeader::kValues:
      if (all_finite({item.pixels->as<float>(), bytes / sizeof(float)})) return {};
      return Fault{Drop::not_finite, "a pixel is NaN or infinite"};
    case v1::FeedHeader::kTable:
      if (auto why = misshapen(item.header.table())) return Fault{Drop::bad_size, *why};
      if (all_finite(item.header.table())) return {};
      return Fault{Drop::not_finite, "a number is NaN or infinite"};
    default:
      if (std::isfinite(item.header.event().value())) return {};
      return Fault{Drop::not_finite, "its value is NaN or infinite"};
  }
}

void Output::discard() {
  items_.clear();
}

std::vector<std::variant<Output::Ready, Output::Refused>> Output::finish(double processing_ms) {
  std::vector<std::variant<Ready, Refused>> results;
  for (auto& item : items_) {
    complete(*item, processing_ms);
    if (auto fault = fault_of(*item))
      results.emplace_back(
          Refused{item->key, fault->reason, std::move(fault->why), item->input_key});
    else
      results.emplace_back(Ready{item->key, std::move(item->header), std::move(item->pixels),
                                 item->input_key, item->input_version, item->input_instance});
  }
  items_.clear();
  return results;
}

}  // namespace slicecast::plugin
