#include "common/nn/graph/onednn/program.h"

#include <algorithm>

namespace slicecast::nn::onednn {
namespace {

using dnnl::memory;

class Compiler {
 public:
  Compiler(const dnnl::engine& engine, const Plan& plan) : engine_(engine), plan_(plan) {}

  Program compile() && {
    versions_[plan_.input].push_back({kInput, plain_layout(plan_.input_shape())});
    for (const Step& step : plan_.steps)
      if (!concatenated(step) && !primitive(step)) plain(step);
    const Operand last = newest(plan_.output);
    copy(last, {kOutput, plain_layout(plan_.output_shape())});
    return std::move(program_);
  }

 private:
  // The value in the layout in which it was computed.
  const Operand& newest(ValueId value) const { return versions_.at(value).front(); }

  // The value in `layout`, reordered if it is not there in it yet.
  Operand in_layout(ValueId value, const Description& layout) {
    auto& versions = versions_.at(value);
    for (const Operand& version : versions)
      if (version.layout == layout) return version;
    const Operand made = add_region(layout);
    copy(newest(value), made);
    versions.push_back(made);
    return made;
  }

  Operand add_region(const Description& layout) {
    return {program_.arena.add(layout.get_size()), layout};
  }

  void emit(Call call) {
    const int number = static_cast<int>(program_.calls.size());
    for (const auto& [argument, operand] : call.operands)
      if (operand.region >= 0) program_.arena.touch(operand.region, number);
    program_.calls.push_back(std::move(call));
  }

  void copy(const Operand& from, const Operand& to) {
    const dnnl::reorder::primitive_desc described(engine_, from.layout, engine_, to.layout);
    emit({dnnl::reorder(described), nullptr, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}});
  }

  bool primitive(const Step& step) {
    if (plan_.constants.contains(step.inputs[0])) return false;
    std::optional<Primitive> made;
    try {
      made = make_primitive(engine_, plan_, step, newest(step.inputs[0]).layout);
    } catch (const dnnl::error& error) {
      if (error.status != dnnl_unimplemented) throw;
    }
    if (!made) return false;
    Call call{made->primitive, nullptr, {}, std::move(made->parameters)};
    call.operands.emplace_back(made->two_sources ? DNNL_ARG_SRC_0 : DNNL_ARG_SRC,
                               in_layout(step.inputs[0], made->source));
    if (made->two_sources)
      call.operands.emplace_back(DNNL_ARG_SRC_1, in_layout(step.inputs[1], made->source));
    const Operand out = add_region(made->destination);
    call.operands.emplace_back(DNNL_ARG_DST, out);
    emit(std::move(call));
    versions_[step.output] = {out};
    return true;
  }

  void plain(const Step& step) {
    Call call{{}, &step, {}};
    for (const ValueId value : step.inputs)
      if (!plan_.constants.contains(value))
        call.operands.emplace_back(0, in_layout(value, plain_layout(plan_.shape(value))));
    const Operand out = add_region(plain_layout(plan_.shape(step.output)));
    call.operands.emplace_back(0, out);
    emit(std::move(call));
    versions_[step.output] = {out};
  }

  // Along the channels of one image, each input is one piece of the result if its channels fill
  // whole blocks: it is computed in its place, and nothing is copied.
  bool concatenated(const Step& step) {
    const auto* op = std::get_if<Concat>(&step.operation);
    const Shape& shape = plan_.shape(step.output);
    if (op == nullptr || op->axis != 1 || shape.size() != 4 || shape[0] != 1) return false;
    for (const ValueId value : step.inputs)
      if (plan_.constants.contains(value)) return false;
    const auto tag = common_layout(step);
    if (!tag) return joined(step);
    const Operand whole = add_region({shape, memory::data_type::f32, *tag});
    std::size_t offset = 0;
    for (const ValueId value : step.inputs) {
      const Description layout(plan_.shape(value), memory::data_type::f32, *tag);
      put(value, layout, whole, offset);
      offset += layout.get_size();
    }
    versions_[step.output] = {whole};
    return true;
  }

  void put(ValueId value, const Description& layout, const Operand& whole, std::size_t offset) {
    const Operand& computed = newest(value);
    if (computed.layout == layout && computed.region >= 0 &&
        !program_.arena.is_inside_another(computed.region)) {
      program_.arena.put_inside(computed.region, whole.region, offset);
      return;
    }
    const Operand piece = add_region(layout);
    program_.arena.put_inside(piece.region, whole.region, offset);
    copy(computed, piece);
  }

  std::optional<memory::format_tag> common_layout(const Step& step) const {
    using Tag = memory::format_tag;
    for (const auto& [tag, block] :
         {std::pair{Tag::aBcd16b, 16}, {Tag::aBcd8b, 8}, {Tag::abcd, 1}}) {
      bool whole = true, present = false;
      for (const ValueId value : step.inputs) {
        const Shape& shape = plan_.shape(value);
        whole = whole && shape[1] % block == 0;
        present =
            present || newest(value).layout == Description(shape, memory::data_type::f32, tag);
      }
      if (whole && present) return tag;
    }
    return std::nullopt;
  }

  bool joined(const Step& step) {
    std::vector<Description> layouts;
    for (const ValueId value : step.inputs) layouts.push_back(newest(value).layout);
    const dnnl::concat::primitive_desc described(1, layouts, engine_);
    Call call{dnnl::concat(described), nullptr, {}};
    for (std::size_t i = 0; i < step.inputs.size(); ++i)
      call.operands.emplace_back(DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i),
                                 newest(step.inputs[i]));
    const Operand out = add_region(described.dst_desc());
    call.operands.emplace_back(DNNL_ARG_DST, out);
    emit(std::move(call));
    versions_[step.output] = {out};
    return true;
  }

  const dnnl::engine& engine_;
  const Plan& plan_;
  Program program_;
  std::map<ValueId, std::vector<Operand>> versions_;
};

}  // namespace

Program compile(const dnnl::engine& engine, const Plan& plan) {
  return Compiler(engine, plan).compile();
}

}  // namespace slicecast::nn::onednn
