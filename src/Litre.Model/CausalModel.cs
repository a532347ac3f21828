using Litre.Kernels;
using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Model;

/// <summary>
/// Qwen3-VL, dense or with experts: vision tower and text model, their weights, and one training pass over a
/// packed micro-batch. Owns all weights and adapters. Not thread-safe.
/// </summary>
public sealed class CausalModel : IDisposable
{
    public CausalModel(ModelConfig config, WeightSource source)
    {
        using var label = MemoryLedger.Label(MemoryUse.Weights);
        Config = config;
        DType = source.DType;
        Device = source.Device;
        Kernels = source.Kernels;
        VisionTower = new VisionTower(source, config.Vision);
        Text = new TextModel(source, config.Text, config.TieWordEmbeddings);
        Adapters = new AdapterBank(Linears, ExpertLinears);
    }

    public ModelConfig Config { get; }

    /// <summary>The type that it computes in: that of activations and adapters, and of weights that are not stored otherwise.</summary>
    public DType DType { get; }

    public Device Device { get; }

    /// <summary>How its layers choose their kernels.</summary>
    public KernelPolicy Kernels { get; }

    public VisionTower VisionTower { get; }

    public TextModel Text { get; }

    /// <summary>The checkpoint's tensors; adapters are not among them.</summary>
    public IEnumerable<Parameter> Parameters => [.. VisionTower.Parameters, .. Text.Parameters];

    /// <summary>Linear modules that can carry adapters, several projections of one input together.</summary>
    public IEnumerable<Linear> Linears => Text.Linears.Concat(VisionTower.Linears);

    /// <summary>The same, each projection by itself.</summary>
    public IEnumerable<LinearPart> LinearParts => Linears.SelectMany(l => l.Parts);

    /// <summary>Expert tensors that can carry an adapter.</summary>
    public IEnumerable<Experts.ExpertLinear> ExpertLinears => Text.Layers.SelectMany(l => l.ExpertLinears);

    /// <summary>The adapters attached. A pass uses those that it is told to; without a word, that of slot 0.</summary>
    public AdapterBank Adapters { get; }

    /// <summary>Which weights the model was loaded with; null where they came from no files.</summary>
    public Identity.BaseIdentity? Base { get; set; }

    /// <summary>Everything that can be trained: weights and adapters.</summary>
    public IEnumerable<Parameter> AllParameters => [.. Parameters, .. Adapters.SelectMany(a => a.Parameters)];

    /// <summary>Bytes of weights and adapters.</summary>
    public long WeightBytes => AllParameters.Sum(p => p.Bytes);

    /// <summary>
    /// Forward and backward over one micro-batch: adds gradients of the summed loss times <paramref name="scale"/>.
    /// </summary>
    /// <param name="batch">Packed sequences with answer tokens.</param>
    /// <param name="scale">1 / answer tokens of the whole step.</param>
    /// <param name="recompute">How much is run again in the backward instead of kept.</param>
    /// <param name="dropout">Masks, or null.</param>
    /// <param name="adapters">As <see cref="AdapterBank.Select"/> takes it; those that it does not name get no gradients.</param>
    /// <returns>The summed loss (no dimensions), on the model's device.</returns>
    /// <exception cref="ArgumentException">The batch has no answer tokens, or a slot is empty.</exception>
    public Tensor TrainingPass(
        PackedBatch batch,
        double scale,
        Recompute recompute,
        DropoutMasks? dropout = null,
        AdapterSelection? adapters = null
    )
    {
        var (answerRows, targets) = Answers(batch);
        using var scope = new TensorScope();
        var (tokens, images) = Adapters.Select(batch, adapters);
        var pass = new Pass(true, dropout) { Adapters = tokens };
        var towerPass = pass with { Adapters = images };
        var trainsTower = VisionTower.Trainable && batch.Vision is not null;
        var (vision, savedTower) = batch.Vision is null
            ? (KnownFeatures(batch, images), null)
            : VisionTower.Forward(batch.Vision, trainsTower ? towerPass : Pass.Inference with { Adapters = images }, recompute.Vision);
        var options = new TextOptions(recompute.TextLayers, trainsTower, Rows: answerRows);
        var (answers, saved) = Text.Forward(batch.Text, vision, pass, options); // (A, H)
        var deepstack = vision?.Deepstack.Count ?? 0;
        vision?.Dispose();

        var (normed, savedNorm) = Text.Norm.Forward(answers, pass);
        var (sum, dNormed) = AnswerLoss.Forward(normed, Text.Head, targets, scale, save: true);
        var dAnswers = Text.Norm.Backward(dNormed!, savedNorm!); // (A, H)
        answers.Dispose();
        normed.Dispose();
        dNormed!.Dispose();

        var dVision = Text.Backward(dAnswers, saved!, pass, deepstack, trainsTower);
        saved!.Dispose();
        if (dVision is not null)
            VisionTower.Backward(dVision.Merged, dVision.Deepstack, savedTower!, towerPass);
        return scope.Return(sum);
    }

    /// <summary>The summed loss of a micro-batch without gradients, as a tensor of no dimensions.</summary>
    /// <param name="batch">Packed sequences with answer tokens.</param>
    /// <param name="adapters">As <see cref="AdapterBank.Select"/> takes it.</param>
    /// <exception cref="ArgumentException">The batch has no answer tokens, or a slot is empty.</exception>
    public Tensor Loss(PackedBatch batch, AdapterSelection? adapters = null)
    {
        var (answerRows, targets) = Answers(batch);
        using var scope = new TensorScope();
        var (normed, _) = Text.Norm.Forward(Hidden(batch, adapters, answerRows), Pass.Inference);
        return scope.Return(AnswerLoss.Forward(normed, Text.Head, targets, 1, save: false).Sum);
    }

    /// <summary>The loss of each answer token (A), in the order in which they are packed; float32 (float64 for float64).</summary>
    /// <param name="batch">Packed sequences with answer tokens.</param>
    /// <param name="adapters">As <see cref="AdapterBank.Select"/> takes it.</param>
    /// <exception cref="ArgumentException">The batch has no answer tokens, or a slot is empty.</exception>
    public Tensor TokenLosses(PackedBatch batch, AdapterSelection? adapters = null)
    {
        var (answerRows, targets) = Answers(batch);
        using var scope = new TensorScope();
        var (normed, _) = Text.Norm.Forward(Hidden(batch, adapters, answerRows), Pass.Inference);
        return scope.Return(AnswerLoss.PerToken(normed, Text.Head, targets));
    }

    /// <summary>Logits of every token (T, V). Large: for checks and short texts.</summary>
    /// <param name="batch">Packed sequences.</param>
    /// <param name="layerHook">Shown the embedding and each layer's output.</param>
    /// <param name="adapters">As <see cref="AdapterBank.Select"/> takes it.</param>
    public Tensor Logits(PackedBatch batch, Action<int, Tensor>? layerHook = null, AdapterSelection? adapters = null)
    {
        using var scope = new TensorScope();
        var (normed, _) = Text.Norm.Forward(Hidden(batch, adapters, layerHook: layerHook), Pass.Inference);
        return scope.Return(Ops.Linear(normed, Text.Head.Value));
    }

    public void Dispose()
    {
        VisionTower.Dispose();
        Text.Dispose();
    }

    /// <summary>
    /// The features of a batch's images, or null where it has none: those that it brings, else what the tower makes of its pixels.
    /// </summary>
    /// <param name="batch">Packed sequences.</param>
    /// <param name="adapters">Of the images' patches, see <see cref="AdapterBank.Select"/>.</param>
    /// <exception cref="ArgumentException">It brings features, and an adapter of them changes the tower.</exception>
    public VisionOutput? ComputeVisionFeatures(PackedBatch batch, AdapterSelection adapters) =>
        batch.Vision is null
            ? KnownFeatures(batch, adapters)
            : VisionTower.Forward(batch.Vision, Pass.Inference with { Adapters = adapters }).Output;

    // Those that a batch brings are the base tower's.
    private VisionOutput? KnownFeatures(PackedBatch batch, AdapterSelection adapters) =>
        batch.Features is null || !VisionTower.Linears.Any(l => adapters.Rows.Any(r => l.HasAdapter(r.Slot)))
            ? batch.Features?.Alias()
            : throw new ArgumentException("the batch brings images' features, but an adapter of its rows changes the vision tower");

    private static (TokenRows Rows, Tensor Targets) Answers(PackedBatch batch) =>
        batch.Text is { AnswerRows: { } rows, Targets: { } targets }
            ? (rows, targets)
            : throw new ArgumentException(
                $"the batch's {batch.Text.Ids.Size(0)} tokens have no answer token that a loss could be taken for"
            );

    private Tensor Hidden(PackedBatch batch, AdapterSelection? adapters, TokenRows? rows = null, Action<int, Tensor>? layerHook = null)
    {
        using var scope = new TensorScope();
        var (tokens, images) = Adapters.Select(batch, adapters);
        var vision = ComputeVisionFeatures(batch, images);
        var pass = Pass.Inference with { Adapters = tokens };
        return scope.Return(Text.Forward(batch.Text, vision, pass, new TextOptions(Rows: rows, LayerHook: layerHook)).Hidden);
    }
}
