using Litre.Model.Files;
using Litre.Model.Identity;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// The reference implementation of <see cref="CheckpointSource"/>, for checks and measurements: each tensor is read completely through
/// the page cache when the model requests it, then converted.
/// </summary>
/// <param name="shape">The checkpoint's tensors, already checked against the configuration.</param>
/// <param name="checkpoint">Borrowed.</param>
/// <param name="dtype">The model's type.</param>
/// <param name="device">The model's device; no meta device.</param>
public sealed class ReferenceSource(CheckpointShape shape, Checkpoint checkpoint, DType dtype, Device device) : WeightSource(dtype, device)
{
    private readonly WeightCheck _check = new(shape, dtype);

    /// <summary>The fingerprint of the tensors read so far.</summary>
    public WeightFingerprint Fingerprint => _check.Fingerprint();

    protected override void Read(string key, Tensor destination)
    {
        var entry = shape.Tensors[key];
        using var scope = new TensorScope();
        using var label = MemoryLedger.Label(MemoryUse.Working);
        var staged = Tensor.Empty(entry.Shape, entry.DType, Torch.Device.Cpu);
        checkpoint.Read(entry, staged.DataPointer, entry.Bytes);
        Check(entry, staged);
        destination.CopyFrom(shape.IsTransposed(key) ? staged.To(Device).Transposed() : staged);
    }

    // A span is limited to less than 2 GiB.
    private unsafe void Check(TensorEntry entry, Tensor staged)
    {
        const int Part = 1 << 30;
        for (var at = 0L; at < entry.Bytes; at += Part)
            _check.Update(entry, at, new ReadOnlySpan<byte>((byte*)staged.DataPointer + at, (int)Math.Min(Part, entry.Bytes - at)));
    }
}
