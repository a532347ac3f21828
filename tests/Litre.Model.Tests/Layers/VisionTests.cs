using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

public sealed class VisionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GeluMlpBackward_RandomShapes_EqualsCentralDifferences(bool tanh) =>
        Property.Holds(
            15,
            random =>
            {
                var (rows, inputs) = (random.Between(1, 5), random.Between(1, 6));
                var source = TinyModels.Weights(random.Next());
                using var mlp = new GeluMlp(source, "first", "second", inputs, random.Between(1, 6), random.Between(1, 6), tanh);
                using var x = Tensor.From<double>(random.Doubles(rows * inputs), [rows, inputs], Device.Cpu);
                var all = Freeze(random, mlp.Linears.SelectMany(l => l.Parameters));
                new GradientCheck(random).One<GeluMlp.Saved>(x, all, pass => mlp.Forward(x, pass), mlp.Backward);
            }
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PatchMergerBackward_NormBeforeOrAfterJoining_EqualsCentralDifferences(bool normAfterJoin) =>
        Property.Holds(
            8,
            random =>
            {
                var config = TinyModels.Config().Vision!;
                using var merger = new PatchMerger(
                    TinyModels.Weights(random.Next()),
                    config,
                    TinyModels.VisionKeys(config).Merger,
                    normAfterJoin
                );
                var patches = 4 * random.Between(1, 3);
                using var x = Tensor.From<double>(random.Doubles(patches * config.HiddenSize), [patches, config.HiddenSize], Device.Cpu);
                var all = Freeze(random, merger.Parameters);
                new GradientCheck(random).One<PatchMerger.Saved>(x, all, pass => merger.Forward(x, pass), merger.Backward);
            }
        );

    [Fact]
    public void VisionAttentionBackward_SeveralFrames_EqualsCentralDifferences() =>
        Property.Holds(
            8,
            random =>
            {
                var config = TinyModels.Config().Vision!;
                using var attention = new VisionAttention(
                    TinyModels.Weights(random.Next()),
                    config,
                    TinyModels.VisionKeys(config).Blocks[0]
                );
                using var input = Input(random, config);
                using var x = Rows(random, input, config);
                var all = Freeze(random, attention.Qkv.Parameters.Concat(attention.Projection.Parameters));
                new GradientCheck(random).One<VisionAttention.Saved>(
                    x,
                    all,
                    pass => attention.Forward(x, input.Layout, input.Rotary, pass),
                    (dY, saved) => attention.Backward(dY, saved, input.Rotary)
                );
            }
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void VisionBlockBackward_SeveralFrames_EqualsCentralDifferences(bool pending) =>
        Property.Holds(
            6,
            random =>
            {
                var config = TinyModels.Config().Vision!;
                using var block = new VisionBlock(TinyModels.Weights(random.Next()), config, TinyModels.VisionKeys(config).Blocks[0]);
                using var input = Input(random, config);
                using var x = Rows(random, input, config);
                // What the block before left to add is added to x, whose gradient is that of the sum.
                using var delta = pending ? Rows(random, input, config) : null;
                var all = Freeze(random, block.Parameters);
                new GradientCheck(random).One<VisionBlock.Saved>(x, all, Forward, (dY, saved) => block.Backward(dY, saved, input.Rotary));

                (Tensor Y, VisionBlock.Saved? Saved) Forward(Pass pass)
                {
                    var stream = pending ? new ResidualStream(x.Clone(), delta!.Clone()) : new ResidualStream(x);
                    var (sum, y, saved) = block.Forward(stream, input.Layout, input.Rotary, pass);
                    Assert.Equal(pending, !ReferenceEquals(sum, x));
                    if (pending)
                        sum.Dispose();
                    return (y.AddPending().X, saved);
                }
            }
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void VisionTowerBackward_DeepstackAndAdapters_EqualsCentralDifferences(bool recompute) =>
        Property.Holds(
            2,
            random =>
            {
                var config = TinyModels.Config().Vision!;
                var source = TinyModels.Weights(random.Next());
                using var tower = new VisionTower(source, config, TinyModels.VisionKeys(config));
                var all = tower.Parameters.ToList();
                foreach (var part in tower.Linears.SelectMany(l => l.Parts).Where(_ => random.Flip()))
                    all.AddRange(TinyModels.Adapt(part, source, new LoraSettings(2, 4, 0.1)).Parameters);
                Freeze(random, all);
                all[0].Trainable = true;
                using var input = Input(random, config);
                new GradientCheck(random).Many(
                    [],
                    all,
                    pass =>
                    {
                        var (output, saved) = tower.Forward(input, pass, recompute);
                        return (
                            [output.Merged, .. output.Deepstack],
                            dY =>
                            {
                                tower.Backward(new VisionOutput(dY[0], [.. dY.Skip(1)]), saved!, pass);
                                return [];
                            }
                        );
                    },
                    new DropoutMasks(3, 4)
                );
            }
        );

    private static List<Parameter> Freeze(Random random, IEnumerable<Parameter> parameters)
    {
        var all = parameters.ToList();
        foreach (var parameter in all)
            parameter.Trainable = random.Flip();
        return all;
    }

    private static VisionInput Input(Random random, VisionConfig config)
    {
        VisionGrid[] grids = [new(1, 2, 2 * random.Between(1, 2)), new(random.Between(1, 2), 4, 2)];
        var patches = grids.Sum(g => g.Patches);
        using var pixels = Tensor.From<double>(random.Doubles(patches * config.PatchValues), [patches, config.PatchValues], Device.Cpu);
        return new VisionInput([pixels], grids, config, DType.Float64, Device.Cpu);
    }

    private static Tensor Rows(Random random, VisionInput input, VisionConfig config)
    {
        var patches = input.Pixels.Size(0);
        return Tensor.From<double>(random.Doubles(patches * config.HiddenSize), [patches, config.HiddenSize], Device.Cpu);
    }
}
