using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>Token embedding, decoder layers with deepstack features added, final norm and output head.</summary>
/// <remarks>T tokens, H hidden, V vocabulary, Pm merged patch groups.</remarks>
public sealed class TextModel : IDisposable
{
    private readonly Device _device;

    /// <param name="source">The source of the weights outside the layers' halves.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="keys">The keys of the weights.</param>
    /// <param name="tied">Whether the output head is the embedding.</param>
    /// <param name="mixer">Creates the first half of a layer, counted from 0.</param>
    /// <param name="feedForward">Creates the second half of a layer.</param>
    public TextModel(
        WeightSource source,
        TextConfig config,
        DecoderKeys keys,
        bool tied,
        Func<int, ITokenMixer> mixer,
        Func<int, IFeedForward> feedForward
    )
    {
        _device = source.Device;
        Embedding = source.Make(keys.Embedding, [config.Vocab, config.HiddenSize]);
        Layers = [.. Enumerable.Range(0, config.Layers).Select(i => new TextLayer(source, config, keys.Layers[i], i, mixer, feedForward))];
        Norm = new RmsNorm(source, ModuleNames.Of(keys.FinalNorm), config.HiddenSize, config.RmsNormEps);
        Head = tied ? Embedding : source.Make(keys.Head, [config.Vocab, config.HiddenSize]);
    }

    /// <summary>(V, H)</summary>
    public Parameter Embedding { get; }

    public IReadOnlyList<TextLayer> Layers { get; }

    public RmsNorm Norm { get; }

    /// <summary>(V, H); the embedding itself if they are tied.</summary>
    public Parameter Head { get; }

    public IEnumerable<Parameter> Parameters =>
        ReferenceEquals(Head, Embedding)
            ? [Embedding, .. Layers.SelectMany(l => l.Parameters), Norm.Weight]
            : [Embedding, .. Layers.SelectMany(l => l.Parameters), Norm.Weight, Head];

    /// <summary>Whether an inference forward pass over states neither waits for the device nor needs numbers on the host.</summary>
    /// <param name="adapters">The forward pass's adapters.</param>
    public bool StaysOnDevice(AdapterSelection adapters) => Layers.All(l => l.Mixer.StaysOnDevice && l.FeedForward.StaysOnDevice(adapters));

    public IEnumerable<Linear> Linears => Layers.SelectMany(l => l.Linears);

    /// <summary>Creates the states that the layers keep of sequences between forward passes, without tokens.</summary>
    /// <param name="sequences">How many sequences.</param>
    /// <param name="capacity">Tokens that each can hold.</param>
    public SequenceStates CreateStates(int sequences, int capacity) => new(Layers.Select(l => l.Mixer), _device, sequences, capacity);

    /// <summary>Creates states of sequences that are opened one at a time, see <see cref="SequenceStates.WithRows"/>.</summary>
    /// <param name="sequences">The maximum number of open sequences.</param>
    /// <param name="rows">Tokens that all of them together can hold.</param>
    public SequenceStates CreateRows(int sequences, int rows) =>
        SequenceStates.WithRows(Layers.Select(l => l.Mixer), _device, sequences, rows);

    /// <summary>
    /// What the backward pass reads. For a recomputed layer, only its input; for a layer below all trained ones, nothing. Rows, and
    /// whether the last layer took them (Inside), are borrowed.
    /// </summary>
    public sealed record Saved(TextInput Input, (Tensor? X, TextLayer.Saved? Layer)[] Layers, int First, TokenRows? Rows, TokenRows? Inside)
        : IDisposable
    {
        public void Dispose()
        {
            foreach (var (x, layer) in Layers)
            {
                x?.Dispose();
                layer?.Dispose();
            }
        }
    }

    /// <param name="input">The packed tokens.</param>
    /// <param name="vision">Features of the images in it, or null.</param>
    /// <param name="pass">Whether to save.</param>
    /// <param name="options">Recomputation, states, and a view of every layer's output.</param>
    /// <returns>Hidden states before the final norm (T, H), or of the rows that the options name (A, H).</returns>
    public (Tensor Hidden, Saved? Saved) Forward(TextInput input, VisionOutput? vision, Pass pass, TextOptions? options = null)
    {
        options ??= TextOptions.Default;
        using var scope = new TensorScope();
        var saved = new (Tensor?, TextLayer.Saved?)[Layers.Count];
        var first = pass.Save ? FirstLayerWithBackward(options.InputGradient) : Layers.Count;
        // If image features are added to the last layer's output, it returns all tokens, and rows are selected after it.
        var inside = vision is null || vision.Deepstack.Count < Layers.Count ? options.Rows : null;
        var x = Ops.Rows(Embedding.Value, input.Ids); // (T, H)
        if (vision is not null)
            input.VisualRows!.SetInPlace(x, vision.Merged);
        options.LayerHook?.Invoke(0, x);
        for (var i = 0; i < Layers.Count; i++)
        {
            var recompute = i < options.RecomputeLayers;
            var layerPass = pass with { Save = i >= first && !recompute, Repeated = i >= first && recompute };
            var (y, layer) = Layers[i]
                .Forward(x, input.Layout, input.Rotary, layerPass, options.States?.Layers[i], i + 1 == Layers.Count ? inside : null);
            if (i >= first)
                saved[i] = (recompute ? TensorScope.Keep(x.Alias()) : null, layer);
            x.Dispose();
            x = y;
            if (i + 1 < Layers.Count)
                options.LayerHook?.Invoke(i + 1, x);
            if (vision is not null && i < vision.Deepstack.Count)
                input.VisualRows!.AddInPlace(x, vision.Deepstack[i]);
        }
        options.LayerHook?.Invoke(Layers.Count, x);
        if (options.Rows is not null && inside is null)
            x = options.Rows.Gather(x);
        return (scope.Return(x), pass.Save ? new Saved(input, saved, first, options.Rows, inside) : null);
    }

    /// <summary>Adds the gradients of what is trained in the layers and the embedding.</summary>
    /// <param name="dHidden">(T, H), or (A, H) where the forward pass had rows; freed here.</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <param name="pass">The forward pass.</param>
    /// <param name="deepstack">How many deepstack features were added.</param>
    /// <param name="inputGradient">Whether gradients of the images' features are needed.</param>
    /// <returns>Gradients of the merged features (Pm, H) and of each deepstack feature, or null.</returns>
    public VisionOutput? Backward(Tensor dHidden, Saved saved, Pass pass, int deepstack, bool inputGradient)
    {
        using var scope = new TensorScope();
        var input = saved.Input;
        var features = new Tensor[deepstack];
        var dX = dHidden;
        if (saved.Rows is not null && saved.Inside is null)
        {
            dX = saved.Rows.Scatter(dHidden, input.Ids.Size(0)); // (T, H)
            dHidden.Dispose();
        }
        for (var i = Layers.Count - 1; i >= saved.First; i--)
        {
            if (inputGradient && i < deepstack)
                features[i] = scope.Return(input.VisualRows!.Gather(dX));
            var (x, layer) = saved.Layers[i];
            if (layer is null)
            {
                (var y, layer) = Layers[i].Forward(x!, input.Layout, input.Rotary, pass, rows: i + 1 == Layers.Count ? saved.Inside : null);
                y.Dispose();
            }
            var needInput = i > saved.First || inputGradient || Embedding.Trainable;
            var previous = Layers[i].Backward(dX, layer!, input.Rotary, needInput);
            x?.Dispose();
            dX.Dispose();
            if (previous is null)
                return null;
            dX = previous;
        }
        VisionOutput? result = null;
        if (inputGradient && input.VisualRows is not null)
            result = new VisionOutput(scope.Return(input.VisualRows.Gather(dX)), features);
        if (Embedding.Trainable && saved.First == 0)
        {
            // Rows that an image's features replaced did not come from the embedding.
            if (input.VisualRows is not null)
                input.VisualRows.SetInPlace(dX, Tensor.Zeros([input.VisualRows.Count, dX.Size(1)], dX.DType, dX.Device));
            Embedding.AddGradient(Ops.RowsBackward(dX, input.Ids, Embedding.Value.Size(0)));
        }
        return result;
    }

    public void Dispose()
    {
        Embedding.Dispose();
        foreach (var layer in Layers)
            layer.Dispose();
        Norm.Dispose();
        Head.Dispose();
    }

    // Layers below the first that is trained need no backward, unless their input does.
    private int FirstLayerWithBackward(bool inputGradient)
    {
        if (inputGradient || Embedding.Trainable)
            return 0;
        for (var i = 0; i < Layers.Count; i++)
        {
            if (Layers[i].Trainable)
                return i;
        }
        return Layers.Count;
    }
}
