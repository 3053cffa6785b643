// slicecast-model check MODEL --input X.npy [--expect Y.npy] [--output Z.npy]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/config/program.h"
#include "common/io/npy.h"
#include "common/nn/graph/model.h"
#include "plugins/segmentation/model/commands.h"
#include "plugins/segmentation/model/model_options.h"

namespace slicecast::model {
namespace {

struct Case {
  std::string model, input, expected, output;
};

Result<nn::Tensor> read_tensor(const std::string& path) {
  const auto array = io::read_npy(path);
  if (!array) return array.error();
  return nn::Tensor{{array->shape.begin(), array->shape.end()}, array->as_float()};
}

Result<void> write_tensor(const std::string& path, const nn::Tensor& tensor) {
  std::ofstream file(path, std::ios::binary);
  const std::string header =
      io::npy_header(PixelType::f32, {tensor.shape.begin(), tensor.shape.end()});
  const auto values = std::get<0>(tensor.values);
  file.write(header.data(), static_cast<std::streamsize>(header.size()));
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(float)));
  if (!file) return Error{Errc::io, path + ": cannot be written; check folder and space"};
  return {};
}

// An image may leave out the batch and a single channel.
Result<nn::Tensor> answer(const nn::Model& model, nn::Tensor input, int threads) {
  if (model.inputs() == 0) return model.run_tensor(input, threads);
  while (input.shape.size() < 4) input.shape.insert(input.shape.begin(), 1);
  if (input.shape.size() != 4 || input.shape[0] != 1)
    return Error{Errc::invalid_argument, "the input is no image of 1 x channels x rows x columns"};
  const auto rows = static_cast<int>(input.shape[2]), columns = static_cast<int>(input.shape[3]);
  auto out = model.run(input.floats(), rows, columns, threads);
  if (!out) return out.error();
  return nn::Tensor{{1, out->channels, out->rows, out->columns}, std::move(out->values)};
}

// Greatest |a - b|; NaN agrees with NaN alone.
double greatest_difference(std::span<const float> a, std::span<const float> b) {
  double greatest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    const double difference = a[i] == b[i] ? 0 : std::abs(static_cast<double>(a[i]) - b[i]);
    greatest = std::isnan(difference) ? INFINITY : std::max(greatest, difference);
  }
  return greatest;
}

// Whether it holds; the error: it could not be tried.
Result<bool> check(const nn::Model& model, const Case& one, const config::Settings& settings) {
  auto input = read_tensor(one.input);
  if (!input) return input.error();
  const int threads = static_cast<int>(settings.integer("threads"));
  const auto computed = answer(model, std::move(*input), threads);
  if (!computed) return Error{computed.error().code, one.model + ": " + computed.error().message};
  if (!one.output.empty())
    if (auto ok = write_tensor(one.output, *computed); !ok) return ok.error();
  if (one.expected.empty()) {
    std::printf("%s: %s (%s)\n", one.model.c_str(), nn::to_text(computed->shape).c_str(),
                model.executor().c_str());
    return true;
  }
  const auto expected = read_tensor(one.expected);
  if (!expected) return expected.error();
  if (expected->size() != computed->size()) {
    std::printf("%s: shape %s instead of %s\n", one.model.c_str(),
                nn::to_text(computed->shape).c_str(), nn::to_text(expected->shape).c_str());
    return false;
  }
  const double difference = greatest_difference(computed->floats(), expected->floats());
  const bool holds = difference <= settings.real("tolerance");
  std::printf("%s: %s, greatest difference %.3g, %s (%s)\n", one.model.c_str(),
              nn::to_text(computed->shape).c_str(), difference, holds ? "agrees" : "DIFFERS",
              model.executor().c_str());
  return holds;
}

Result<std::vector<Case>> cases_of(const config::ParsedCommand& parsed) {
  const auto& settings = parsed.settings;
  if (settings.text("list").empty()) {
    if (parsed.arguments.empty() || settings.text("input").empty())
      return Error{Errc::invalid_argument, "name a model and --input X.npy, or --list FILE"};
    return std::vector<Case>{{parsed.arguments[0], settings.text("input"), settings.text("expect"),
                              settings.text("output")}};
  }
  std::ifstream file(settings.text("list"));
  if (!file) return Error{Errc::not_found, settings.text("list") + ": cannot be opened"};
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    std::istringstream parts(line);
    Case one;
    std::getline(parts, one.model, '\t');
    std::getline(parts, one.input, '\t');
    std::getline(parts, one.expected, '\t');
    std::getline(parts, one.output, '\t');
    if (!one.input.empty()) cases.push_back(std::move(one));
  }
  if (cases.empty()) return Error{Errc::malformed, settings.text("list") + ": names no case"};
  return cases;
}

}  // namespace

int run_check(int argc, const char* const* argv) {
  const auto schema = with_executor({
      {.name = "input", .default_value = "", .doc = "Input of the network, .npy"},
      {.name = "expect", .default_value = "", .doc = "Expected output, .npy"},
      {.name = "output", .default_value = "", .doc = "Where to write the output, .npy"},
      {.name = "list",
       .default_value = "",
       .doc = "File with one case per line: model, input, expected output, output to write, "
              "separated by "
              "tabs"},
      {.name = "tolerance",
       .type = config::Type::real,
       .default_value = 5e-5,
       .doc = "Greatest absolute difference that is allowed",
       .minimum = 0},
  });
  const auto parsed = config::parse_command({"slicecast-model check",
                                             "Compares a network's answer with an expected one.",
                                             {{"MODEL", "ONNX file", false}}},
                                            schema, argc, argv);
  if (!parsed) return fail("check", parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  const auto cases = cases_of(*parsed);
  if (!cases) return fail("check", cases.error());
  int code = 0;
  std::string loaded;  // cases of one model follow each other
  Result<nn::Model> model = Error{Errc::not_found, "no model"};
  for (const Case& one : *cases) {
    if (one.model != loaded) model = nn::Model::load(one.model, executor_of(parsed->settings));
    loaded = one.model;
    const auto holds = model ? check(*model, one, parsed->settings) : model.error();
    if (!holds)
      code = fail("check", holds.error());
    else if (!*holds)
      code = std::max(code, 1);
  }
  return code;
}

}  // namespace slicecast::model
