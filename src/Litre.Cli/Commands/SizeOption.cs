using Litre.Core;
using Litre.Model.Files;

namespace Litre.Cli.Commands;

/// <summary>Options whose value is a size, such as <c>5GB</c>.</summary>
internal static class SizeOption
{
    /// <exception cref="InputException">The text is not a size of at least <paramref name="minimum"/> bytes.</exception>
    public static long Parse(string option, string text, long minimum = 1) =>
        ByteSize.Parse(text) is { } bytes && bytes >= minimum
            ? bytes
            : throw new InputException($"{option} {text}: expected a size such as 5GB, 500MB or 4GiB{(minimum == 0 ? ", or 0" : "")}");
}
