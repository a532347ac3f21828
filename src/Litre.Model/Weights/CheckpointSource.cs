using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>Weights from an open checkpoint, converted to the model's type and layout. The checkpoint is borrowed.</summary>
/// <param name="checkpoint">Already checked against the configuration.</param>
/// <param name="layout">In which order the file holds the experts' dimensions.</param>
/// <param name="dtype">The model's type.</param>
/// <param name="device">The model's device.</param>
public sealed class CheckpointSource(Checkpoint checkpoint, ExpertLayout layout, DType dtype, Device device)
    : WeightSource(dtype, device)
{
    protected override void Read(string key, Tensor destination)
    {
        var entry = checkpoint.Tensors[key];
        // A square tensor has the same sizes in both layouts, and still the other order.
        var transposed = layout == ExpertLayout.Hub && destination.Rank == 3 && key.Contains(".experts.", StringComparison.Ordinal);
        using var scope = new TensorScope();
        if (!transposed && Device.Type == DeviceType.Cpu && entry.DType == DType && destination.IsContiguous
            && destination.Sizes.SequenceEqual(entry.Shape))
        {
            checkpoint.Read(entry, destination.DataPointer, entry.Bytes);
            return;
        }
        var staged = Tensor.Empty(entry.Shape, entry.DType, Device.Cpu);
        checkpoint.Read(entry, staged.DataPointer, entry.Bytes);
        destination.CopyFrom(transposed ? staged.To(Device).Transposed() : staged);
    }
}
