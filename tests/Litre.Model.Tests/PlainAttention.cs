using Litre.Model.Layers;

namespace Litre.Model.Tests;

/// <summary>Attention as plain products, where asked for, until this is disposed.</summary>
internal sealed class PlainAttention : IDisposable
{
    public PlainAttention(bool plain) => AttentionKernel.ForcePlain = plain;

    public void Dispose() => AttentionKernel.ForcePlain = false;
}
