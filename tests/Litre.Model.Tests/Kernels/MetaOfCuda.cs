using Litre.Torch;

namespace Litre.Model.Tests.Kernels;

/// <summary>A device that only stands for CUDA, as a plan has it.</summary>
internal static class MetaOfCuda
{
    /// <summary>Runs a test there, in a scope, with what is counted meanwhile.</summary>
    public static void Counted(Action<Device, OperatorTally> body)
    {
        using var scope = new TensorScope();
        var tally = Ops.Tally = new OperatorTally();
        try
        {
            body(Device.Meta(DeviceType.Cuda), tally);
        }
        finally
        {
            Ops.Tally = null;
        }
    }
}
