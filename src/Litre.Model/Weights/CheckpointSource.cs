using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// Weights from an open checkpoint, converted to the model's type and layout. The checkpoint is borrowed. On a meta device
/// nothing is read, and the memory that reading takes on the way is counted.
/// </summary>
/// <param name="shape">What the checkpoint holds, already checked against the configuration.</param>
/// <param name="checkpoint">Null for a meta device.</param>
/// <param name="dtype">The model's type.</param>
/// <param name="device">The model's device.</param>
public sealed class CheckpointSource(CheckpointShape shape, Checkpoint? checkpoint, DType dtype, Device device)
    : WeightSource(dtype, device)
{
    protected override void Read(string key, Tensor destination)
    {
        var entry = shape.Tensors[key];
        var transposed = shape.IsTransposed(key, destination.Rank);
        using var scope = new TensorScope();
        using var label = MemoryLedger.Label(MemoryUse.Working);
        if (!transposed && Device == Device.Host && entry.DType == DType && destination.IsContiguous
            && destination.Sizes.SequenceEqual(entry.Shape))
        {
            Fetch(entry, destination);
            return;
        }
        var staged = Tensor.Empty(entry.Shape, entry.DType, Device.Host);
        Fetch(entry, staged);
        destination.CopyFrom(transposed ? staged.To(Device).Transposed() : staged);
    }

    private void Fetch(TensorEntry entry, Tensor target)
    {
        if (!Device.IsMeta) checkpoint!.Read(entry, target.DataPointer, entry.Bytes);
    }
}
