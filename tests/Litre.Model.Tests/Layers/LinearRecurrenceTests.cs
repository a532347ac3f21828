using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

/// <summary>A token mixer that is no attention, at the interface that layers see.</summary>
public sealed class LinearRecurrenceTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Backward_AdaptersDropoutAndFrozenSubsets_EqualsCentralDifferences(bool shared, bool some) =>
        Property.Holds(
            6,
            random =>
            {
                var config = TinyModels.Config().Text;
                var source = TinyModels.Weights(random.Next());
                using var mixer = new LinearRecurrence(source, config, 0);
                var all = mixer.Parameters.ToList();
                foreach (var part in mixer.Linears.SelectMany(l => l.Parts).Where(_ => random.Flip()))
                {
                    all.AddRange(TinyModels.Adapt(part, source, new LoraSettings(2, 4, 0.2)).Parameters);
                }
                foreach (var parameter in all)
                    parameter.Trainable = random.Flip();
                using var layout = Layout(random, shared);
                var tokens = layout.Start(layout.Sequences);
                using var rows = some ? new TokenRows(Some(random, tokens), Device.Cpu) : null;
                using var rotary = new Rotary(new float[tokens], tokens, DType.Float64, Device.Cpu);
                using var x = Tensor.From<double>(random.Doubles(tokens * config.HiddenSize), [tokens, config.HiddenSize], Device.Cpu);
                var needInput = random.Next(4) > 0;
                new GradientCheck(random).One<IDisposable>(
                    x,
                    all,
                    pass => mixer.Forward(x, layout, rotary, pass, rows: rows),
                    (dY, saved) => mixer.Backward(dY, saved, rotary, needInput),
                    new DropoutMasks(7, 1)
                );
            }
        );

    [Fact]
    public void Forward_BeginningsShared_EqualsWholeSequences() =>
        Property.Holds(
            5,
            random =>
            {
                var config = TinyModels.Config().Text;
                using var mixer = new LinearRecurrence(TinyModels.Weights(random.Next()), config, 0);
                using var scope = new TensorScope();
                using var layout = Layout(random, shared: true);
                var tokens = layout.Start(layout.Sequences);
                using var rotary = new Rotary(new float[tokens], tokens, DType.Float64, Device.Cpu);
                var x = Tensor.From<double>(random.Doubles(tokens * config.HiddenSize), [tokens, config.HiddenSize], Device.Cpu);
                var shared = mixer.Forward(x, layout, rotary, Pass.Inference).Y;
                for (var s = 0; s < layout.Sequences; s++)
                {
                    var own = x.Slice(0, layout.Start(s), layout.Length(s));
                    var prefix = layout.Prefix(s);
                    var whole = prefix < 0 ? own : Ops.Concat([x.Slice(0, layout.Start(prefix), layout.Length(prefix)), own], 0);
                    using var alone = new SequenceLayout([(int)whole.Size(0)], Device.Cpu);
                    var y = mixer.Forward(whole, alone, rotary, Pass.Inference).Y;
                    Assert.Equal(
                        y.Slice(0, y.Size(0) - layout.Length(s), layout.Length(s)).ToDoubles(),
                        shared.Slice(0, layout.Start(s), layout.Length(s)).ToDoubles(),
                        (a, b) => Math.Abs(a - b) < 1e-12
                    );
                }
            }
        );

    // A text, a beginning with three that go on after it, and a text.
    private static SequenceLayout Layout(Random random, bool shared)
    {
        int[] lengths = [random.Between(1, 3), random.Between(1, 4), 1, random.Between(1, 3), random.Between(1, 3), 2];
        return SequenceLayout.WithPrefixes(lengths, shared ? [-1, -1, 1, 1, 1, -1] : [-1, -1, -1, -1, -1, -1], Device.Cpu);
    }

    private static long[] Some(Random random, int tokens)
    {
        long[] all = [.. Enumerable.Range(0, tokens).Select(t => (long)t)];
        random.Shuffle(all);
        return [.. all[..random.Between(1, tokens)].Order()];
    }
}
