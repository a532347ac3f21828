namespace Litre.Core.Files;

/// <summary>Refuses output folders that a later run would read as input.</summary>
public static class OutputPlace
{
    /// <summary>Refuses an output that is a folder of inputs, or is inside one.</summary>
    /// <param name="setting">The output's setting, such as <c>output</c>.</param>
    /// <param name="output">Its path.</param>
    /// <param name="inputSetting">The input's setting, such as <c>data</c>.</param>
    /// <param name="input">Its path.</param>
    /// <exception cref="InputException">The output is the input's folder or inside it.</exception>
    public static void RefuseAmong(string setting, string output, string inputSetting, string input)
    {
        if (!FolderNesting.IsSameOrInside(input, output))
            return;
        var how = FolderNesting.ResolveLinks(input) == FolderNesting.ResolveLinks(output) ? "is" : "is inside";
        throw new InputException(
            setting,
            output,
            $"{how} {SettingName.Quote(inputSetting, input)}, so the output would be read as input the next time",
            "choose a folder outside it"
        );
    }
}
