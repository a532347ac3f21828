using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>Keys and values of the tokens that one layer has seen.</summary>
public interface IKeyValueCache
{
    /// <summary>Adds new tokens' keys and values (T, K, D) and gives all so far, with their sequences' boundaries.</summary>
    (Tensor K, Tensor V, SequenceLayout Layout) Append(Tensor k, Tensor v);

    /// <summary>
    /// Where the next forward has one token of each sequence: the cache without it, and the boundaries with it, its place being the
    /// last row
    /// that its sequence uses. Else null.
    /// </summary>
    (Tensor K, Tensor V, SequenceLayout Layout)? Step { get; }
}
