using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Vision;

/// <summary>
/// The vision tower: patches embedded, a learned position grid added, blocks of full attention within each frame, a
/// merger to the text width, and further mergers after the deepstack blocks.
/// </summary>
/// <remarks>P patches, Hv hidden, H text hidden, m = merge².</remarks>
public sealed class VisionTower : IVisionEncoder
{
    private readonly VisionConfig _config;

    public VisionTower(WeightSource source, VisionConfig config, VisionKeys keys)
    {
        _config = config;
        // A convolution whose stride is its size: a product with the flattened patch.
        PatchWeight = source.Make(
            keys.PatchWeight,
            [config.HiddenSize, config.InChannels, config.TemporalPatchSize, config.PatchSize, config.PatchSize]
        );
        PatchBias = source.Make(keys.PatchBias, [config.HiddenSize]);
        Positions = source.Make(keys.Positions, [config.NumPositionEmbeddings, config.HiddenSize]);
        Blocks = [.. keys.Blocks.Select(block => new VisionBlock(source, config, block))];
        Merger = new PatchMerger(source, config, keys.Merger, normAfterJoin: false);
        DeepstackMergers = [.. keys.DeepstackMergers.Select(merger => new PatchMerger(source, config, merger, normAfterJoin: true))];
    }

    /// <summary>(Hv, C, 2, 16, 16)</summary>
    public Parameter PatchWeight { get; }

    /// <summary>(Hv)</summary>
    public Parameter PatchBias { get; }

    /// <summary>(side², Hv)</summary>
    public Parameter Positions { get; }

    public IReadOnlyList<VisionBlock> Blocks { get; }

    public PatchMerger Merger { get; }

    public IReadOnlyList<PatchMerger> DeepstackMergers { get; }

    public IEnumerable<Linear> Linears =>
        [.. Blocks.SelectMany(b => b.Linears), .. Merger.Linears, .. DeepstackMergers.SelectMany(m => m.Linears)];

    public IEnumerable<Parameter> Parameters =>
        [
            PatchWeight,
            PatchBias,
            Positions,
            .. Blocks.SelectMany(b => b.Parameters),
            .. Merger.Parameters,
            .. DeepstackMergers.SelectMany(m => m.Parameters),
        ];

    public bool Trainable => Parameters.Any(p => p.Trainable) || Linears.Any(l => l.Trainable);

    /// <summary>What the backward pass reads. Of a block that is recomputed only its input is kept.</summary>
    public sealed record Saved(
        VisionInput Input,
        List<(Tensor X, VisionBlock.Saved? Block)> Blocks,
        List<PatchMerger.Saved> Deepstack,
        PatchMerger.Saved Merger,
        bool Recompute
    ) : IDisposable
    {
        public void Dispose()
        {
            foreach (var (x, block) in Blocks)
            {
                x.Dispose();
                block?.Dispose();
            }
            foreach (var merger in Deepstack)
                merger.Dispose();
            Merger.Dispose();
        }
    }

    public (VisionOutput Output, IDisposable? Saved) Forward(VisionInput input, Pass pass, bool recompute = false)
    {
        using var part = OperatorProfile.Label(ModelPart.Vision);
        using var scope = new TensorScope();
        var blockPass = recompute ? pass with { Save = false, Repeated = pass.Save } : pass;
        List<(Tensor, VisionBlock.Saved?)> savedBlocks = [];
        List<PatchMerger.Saved> savedDeepstack = [];
        List<Tensor> deepstack = [];
        var stream = new ResidualStream(Embed(input)); // (P, Hv)
        for (var i = 0; i < Blocks.Count; i++)
        {
            var (x, y, saved) = Blocks[i].Forward(stream, input.Layout, input.Rotary, blockPass);
            if (pass.Save)
                savedBlocks.Add((TensorScope.Keep(x.Alias()), saved));
            x.Dispose();
            stream = y;
            for (var d = 0; d < DeepstackMergers.Count; d++)
            {
                if (_config.DeepstackVisualIndexes[d] != i)
                    continue;
                stream = stream.AddPending();
                var (feature, savedMerger) = DeepstackMergers[d].Forward(stream.X, pass);
                deepstack.Add(scope.Return(feature));
                if (pass.Save)
                    savedDeepstack.Add(savedMerger!);
            }
        }
        var (merged, savedLast) = Merger.Forward(stream.AddPending().X, pass);
        return (
            new VisionOutput(scope.Return(merged), deepstack),
            pass.Save ? new Saved(input, savedBlocks, savedDeepstack, savedLast!, recompute) : null
        );
    }

    public void Backward(VisionOutput dOutput, IDisposable saved, Pass pass)
    {
        using var part = OperatorProfile.Label(ModelPart.Vision);
        using var scope = new TensorScope();
        var kept = (Saved)saved;
        var input = kept.Input;
        var dX = Merger.Backward(dOutput.Merged, kept.Merger); // (P, Hv)
        for (var i = Blocks.Count - 1; i >= 0; i--)
        {
            using var step = new TensorScope();
            for (var d = 0; d < DeepstackMergers.Count; d++)
            {
                if (_config.DeepstackVisualIndexes[d] == i)
                    dX = Ops.Add(dX, DeepstackMergers[d].Backward(dOutput.Deepstack[d], kept.Deepstack[d]));
            }
            var (x, block) = kept.Blocks[i];
            block ??= RecomputeBlock(Blocks[i], x, input, pass);
            var previous = step.Return(Blocks[i].Backward(dX, block, input.Rotary));
            dX.Dispose();
            dX = previous;
            x.Dispose();
        }
        EmbedBackward(dX, input);
        kept.Dispose();
    }

    public void Dispose()
    {
        PatchWeight.Dispose();
        PatchBias.Dispose();
        Positions.Dispose();
        foreach (var block in Blocks)
            block.Dispose();
        Merger.Dispose();
        foreach (var merger in DeepstackMergers)
            merger.Dispose();
    }

    private static VisionBlock.Saved RecomputeBlock(VisionBlock block, Tensor x, VisionInput input, Pass pass)
    {
        var (_, y, saved) = block.Forward(new ResidualStream(x), input.Layout, input.Rotary, pass);
        y.Dispose();
        return saved!;
    }

    // Patches by the flattened kernel, plus four weighted rows of the position grid: (P, Hv).
    private Tensor Embed(VisionInput input)
    {
        using var scope = new TensorScope();
        var x = Ops.Linear(input.Pixels, PatchWeight.Value.View(_config.HiddenSize, -1), PatchBias.Value);
        var around = Ops.Rows(Positions.Value, input.NeighborRows.View(-1)).View(4, -1, _config.HiddenSize); // (4, P, Hv)
        return scope.Return(Ops.Add(x, Ops.Sum(Ops.Mul(around, input.NeighborWeights), 0)));
    }

    private void EmbedBackward(Tensor dX, VisionInput input)
    {
        using var scope = new TensorScope();
        if (PatchWeight.Trainable)
            PatchWeight.AddGradientProduct(dX.Transposed(), input.Pixels);
        if (PatchBias.Trainable)
            PatchBias.AddGradient(Ops.Sum(dX, 0));
        if (!Positions.Trainable)
            return;
        for (var corner = 0; corner < 4; corner++)
        {
            var weights = input.NeighborWeights.Slice(0, corner, 1).View(-1, 1); // (P, 1)
            var rows = input.NeighborRows.Slice(0, corner, 1).View(-1); // (P)
            Positions.AddGradient(Ops.RowsBackward(Ops.Mul(dX, weights), rows, Positions.Value.Size(0)));
        }
    }
}
