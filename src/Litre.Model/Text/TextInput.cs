using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>Packed sequences on the device, as the text model reads them.</summary>
/// <remarks>T tokens, Pm merged patch groups.</remarks>
/// <param name="Ids">(T) int64</param>
/// <param name="Layout">The sequences' boundaries.</param>
/// <param name="Rotary">The positions' rotation.</param>
/// <param name="VisualRows">The rows of images' tokens (Pm), or null.</param>
public sealed record TextInput(Tensor Ids, SequenceLayout Layout, Rotary Rotary, TokenRows? VisualRows) : IDisposable
{
    public void Dispose()
    {
        Ids.Dispose();
        Layout.Dispose();
        Rotary.Dispose();
        VisualRows?.Dispose();
    }
}
