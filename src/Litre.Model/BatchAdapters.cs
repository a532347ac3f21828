using Litre.Model.Layers;

namespace Litre.Model;

/// <summary>The adapters that the rows of a batch are computed with.</summary>
/// <param name="Tokens">The adapters of the text model's rows, its tokens.</param>
/// <param name="Images">The adapters of the vision tower's rows, its patches.</param>
public sealed record BatchAdapters(AdapterSelection Tokens, AdapterSelection Images) : IDisposable
{
    public void Dispose()
    {
        Tokens.Dispose();
        Images.Dispose();
    }
}
