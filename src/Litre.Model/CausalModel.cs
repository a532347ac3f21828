using Litre.Kernels;
using Litre.Model.Configuration;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Model;

/// <summary>
/// A text model and, if it reads images, a vision encoder: their weights, the forward pass over a packed micro-batch up to the final
/// norm, and its backward pass. An objective computes the loss from the hidden states. Owns all weights and adapters. Not thread-safe.
/// </summary>
public sealed class CausalModel : IDisposable
{
    /// <param name="config">Sizes, and the family that makes the layers.</param>
    /// <param name="source">The source of the weights.</param>
    public CausalModel(ModelConfig config, WeightSource source)
    {
        using var label = MemoryLedger.Label(MemoryUse.Weights);
        Config = config;
        DType = source.DType;
        Device = source.Device;
        Kernels = source.Kernels;
        var (family, keys) = (config.Family, config.Keys);
        VisionTower = config.Vision is { } vision ? family.CreateVision(source, vision, keys.Vision!) : null;
        Text = new TextModel(
            source,
            config.Text,
            keys.Text,
            config.TieWordEmbeddings,
            layer => family.CreateMixer(source, config.Text, keys.Text.Layers[layer], layer),
            layer => family.CreateFeedForward(source, config.Text, keys.Text.Layers[layer], layer)
        );
        Adapters = new AdapterBank(Linears, ExpertLinears);
    }

    public ModelConfig Config { get; }

    /// <summary>
    /// The type in which it computes: that of activations and adapters, and of weights that are not stored in another type.
    /// </summary>
    public DType DType { get; }

    public Device Device { get; }

    /// <summary>How its layers choose their kernels.</summary>
    public KernelPolicy Kernels { get; }

    /// <summary>The vision encoder; null for a text-only model.</summary>
    public IVisionEncoder? VisionTower { get; }

    public TextModel Text { get; }

    /// <summary>The checkpoint's tensors; adapters are not among them.</summary>
    public IEnumerable<Parameter> Parameters => [.. VisionTower?.Parameters ?? [], .. Text.Parameters];

    /// <summary>Linear modules that can have adapters, with several projections of one input together.</summary>
    public IEnumerable<Linear> Linears => Text.Linears.Concat(VisionTower?.Linears ?? []);

    /// <summary>The same, with each projection separate.</summary>
    public IEnumerable<LinearPart> LinearParts => Linears.SelectMany(l => l.Parts);

    /// <summary>Expert tensors that can have an adapter.</summary>
    public IEnumerable<ExpertLinear> ExpertLinears => Text.Layers.SelectMany(l => l.ExpertLinears);

    /// <summary>The attached adapters. A pass uses the selected ones, by default that of slot 0.</summary>
    public AdapterBank Adapters { get; }

    /// <summary>
    /// Whether rows of a step can select any of the attached adapters on the device (<see cref="AdapterSelection.OnDevice"/>): the
    /// device has the kernels, and they support all factors.
    /// </summary>
    public bool SelectsAdaptersOnDevice =>
        LoraTable.Kernel.Supports(DType, Device, Kernels.Options)
        && Adapters.All(a => Text.Linears.All(l => l.SupportsTable(a.Slot)) && ExpertLinears.All(e => LoraTable.Supports(e.Lora, a.Slot)));

    /// <summary>Makes the attached adapters selectable on the device. Work of the device that reads the tables must be finished.</summary>
    /// <returns>Whether steps that were recorded before are out of date.</returns>
    public bool UpdateAdapterTables() => Text.Linears.Count(l => l.UpdateTable()) + ExpertLinears.Count(e => e.UpdateTable()) > 0;

    /// <summary>Identifies the weights with which the model was loaded; null if they did not come from files.</summary>
    public Identity.BaseIdentity? Base { get; set; }

    /// <summary>Everything that can be trained: weights and adapters.</summary>
    public IEnumerable<Parameter> AllParameters => [.. Parameters, .. Adapters.SelectMany(a => a.Parameters)];

    /// <summary>Bytes of weights and adapters.</summary>
    public long WeightBytes => AllParameters.Sum(p => p.Bytes);

    /// <summary>What the backward pass reads.</summary>
    public sealed record Saved(TextModel.Saved Text, RmsNorm.Saved Norm, IDisposable? Vision, int Deepstack, Pass Pass, Pass Images);

    /// <summary>The hidden states after the final norm, to which the output head is applied.</summary>
    /// <param name="batch">Packed sequences.</param>
    /// <param name="pass">Whether to save, and the dropout masks.</param>
    /// <param name="rows">The tokens whose states are needed (A), or null for all.</param>
    /// <param name="recompute">Which layers the backward pass recomputes; null for none.</param>
    /// <param name="layerHook">Called with the embedding and each layer's output.</param>
    /// <param name="adapters">See <see cref="AdapterBank.Select"/>; adapters that are not selected get no gradients.</param>
    /// <returns>(A, H), or (T, H), and what the backward pass reads.</returns>
    /// <exception cref="ArgumentException">A slot is empty, or the batch has features of images that an adapter changes.</exception>
    public (Tensor Hidden, Saved? Saved) Forward(
        PackedBatch batch,
        Pass pass,
        TokenRows? rows = null,
        Recompute? recompute = null,
        Action<int, Tensor>? layerHook = null,
        AdapterSelection? adapters = null
    )
    {
        recompute ??= Recompute.None;
        using var scope = new TensorScope();
        var (tokens, patches) = Adapters.Select(batch, adapters);
        (pass, var images) = (pass with { Adapters = tokens }, pass with { Adapters = patches });
        var trainsTower = pass.Save && VisionTower is { Trainable: true } && batch.Vision is not null;
        var (vision, savedTower) = batch.Vision is { } seen
            ? Tower.Forward(seen, trainsTower ? images : Pass.Inference with { Adapters = patches }, recompute.Vision)
            : (KnownFeatures(batch, patches), null);
        var options = new TextOptions(recompute.TextLayers, trainsTower, Rows: rows, LayerHook: layerHook);
        var (hidden, saved) = Text.Forward(batch.Text, vision, pass, options); // (A, H)
        var deepstack = vision?.Deepstack.Count ?? 0;
        vision?.Dispose();
        var (normed, savedNorm) = Text.Norm.Forward(hidden, pass); // (A, H)
        // Without a backward pass, the caller's scope frees it, as in the plans of a loss and of logits.
        if (!pass.Save)
            scope.Return(hidden);
        return (scope.Return(normed), pass.Save ? new Saved(saved!, savedNorm!, savedTower, deepstack, pass, images) : null);
    }

    /// <summary>Adds the gradients of all trained parameters except the output head.</summary>
    /// <param name="dHidden">(A, H), or (T, H); freed here.</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    public void Backward(Tensor dHidden, Saved saved)
    {
        using var scope = new TensorScope();
        var dText = Text.Norm.Backward(dHidden, saved.Norm); // (A, H)
        dHidden.Dispose();
        var dVision = Text.Backward(dText, saved.Text, saved.Pass, saved.Deepstack, saved.Vision is not null);
        saved.Text.Dispose();
        if (dVision is not null)
            Tower.Backward(dVision, saved.Vision!, saved.Images);
    }

    /// <summary>Logits of every token (T, V). Large: for checks and short texts.</summary>
    /// <param name="batch">Packed sequences.</param>
    /// <param name="layerHook">Called with the embedding and each layer's output.</param>
    /// <param name="adapters">See <see cref="AdapterBank.Select"/>.</param>
    public Tensor Logits(PackedBatch batch, Action<int, Tensor>? layerHook = null, AdapterSelection? adapters = null)
    {
        using var scope = new TensorScope();
        var (hidden, _) = Forward(batch, Pass.Inference, layerHook: layerHook, adapters: adapters); // (T, H)
        return scope.Return(Ops.Linear(hidden, Text.Head.Value));
    }

    public void Dispose()
    {
        VisionTower?.Dispose();
        Text.Dispose();
    }

    /// <summary>
    /// The features of a batch's images, or null if it has none: those that it has, otherwise those computed from its pixels.
    /// </summary>
    /// <param name="batch">Packed sequences.</param>
    /// <param name="adapters">The adapters of the images' patches, see <see cref="AdapterBank.Select"/>.</param>
    /// <exception cref="ArgumentException">The batch has features, but an adapter of its rows changes the vision tower.</exception>
    public VisionOutput? ComputeVisionFeatures(PackedBatch batch, AdapterSelection adapters) =>
        batch.Vision is null
            ? KnownFeatures(batch, adapters)
            : Tower.Forward(batch.Vision, Pass.Inference with { Adapters = adapters }).Output;

    // Features that a batch has come from the base vision tower.
    private VisionOutput? KnownFeatures(PackedBatch batch, AdapterSelection adapters) =>
        batch.Features is null || !Tower.Linears.Any(l => adapters.Rows.Any(r => l.HasAdapter(r.Slot)))
            ? batch.Features?.Alias()
            : throw new ArgumentException("the batch contains image features, but an adapter of its rows changes the vision tower");

    private IVisionEncoder Tower =>
        VisionTower ?? throw new InvalidOperationException($"{Config.ModelType} has no vision encoder, but the batch has images");
}
