namespace Litre.Data.Synthesis.Lettering;

internal static partial class Alphabet
{
    private static Dictionary<char, string> Chinese => [];
}
