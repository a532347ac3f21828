using Litre.Model.Layers;

namespace Litre.Model.Configuration;

/// <summary>The keys of one model's checkpoint: all of them with their shapes, and by the layer that uses them.</summary>
public sealed class CheckpointKeys
{
    private readonly Dictionary<string, CheckpointTensor> _tensors;

    /// <param name="text">The keys of the decoder.</param>
    /// <param name="vision">The keys of the vision tower, or null.</param>
    /// <param name="tensors">Every tensor in a file.</param>
    public CheckpointKeys(DecoderKeys text, VisionKeys? vision, IEnumerable<CheckpointTensor> tensors)
    {
        (Text, Vision) = (text, vision);
        _tensors = tensors.ToDictionary(t => t.Key, StringComparer.Ordinal);
    }

    public DecoderKeys Text { get; }

    public VisionKeys? Vision { get; }

    /// <summary>Every tensor in a file.</summary>
    public IReadOnlyCollection<CheckpointTensor> Tensors => _tensors.Values;

    /// <summary>A tensor by its key; null for a key that does not belong to the model.</summary>
    public CheckpointTensor? Find(string key) => _tensors.GetValueOrDefault(key);

    /// <summary>Every key with its shape in a file of this layout.</summary>
    public IReadOnlyDictionary<string, long[]> Shapes(ExpertLayout layout) =>
        Tensors.ToDictionary(t => t.Key, t => t.ShapeIn(layout), StringComparer.Ordinal);

    /// <summary>Keys that a file may lack.</summary>
    public IReadOnlySet<string> Optional => Keys(t => t.IsOptional);

    /// <summary>Keys of stacked experts, whose dimensions a file stores in one of two orders.</summary>
    public IReadOnlySet<string> Experts => Keys(t => t.Role == TensorRole.Experts);

    private HashSet<string> Keys(Func<CheckpointTensor, bool> chosen) => [.. Tensors.Where(chosen).Select(t => t.Key)];
}
