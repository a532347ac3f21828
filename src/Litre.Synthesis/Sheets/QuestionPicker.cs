namespace Litre.Synthesis.Sheets;

/// <summary>Chooses which of an image's questions are asked, in which wording and in which language.</summary>
internal static class QuestionPicker
{
    /// <summary>
    /// Different questions about one image, as many as requested or available. The kind is drawn first, so that
    /// kinds with many questions do not displace the others.
    /// </summary>
    public static List<AskedQuestion> Pick(IReadOnlyList<QuestionSpec> questions, int count, QuestionLanguage language, SeededRandom random)
    {
        var kinds = questions.GroupBy(a => a.Type).Select(g => (g.First().Weight, Left: random.Several(g, int.MaxValue))).ToList();
        var asked = new List<AskedQuestion>();
        while (asked.Count < count && kinds.Count > 0)
        {
            var lot = random.Between(1, kinds.Sum(k => k.Weight));
            var at = 0;
            while (lot > kinds[at].Weight)
                lot -= kinds[at++].Weight;
            var left = kinds[at].Left;
            var ask = left[^1];
            left.RemoveAt(left.Count - 1);
            if (left.Count == 0)
                kinds.RemoveAt(at);
            var chinese = language == QuestionLanguage.Chinese || (language == QuestionLanguage.Both && random.Chance(50));
            asked.Add(
                chinese
                    ? new AskedQuestion(ask.Type, random.Pick(ask.Chinese), ask.ChineseAnswer ?? ask.Answer)
                    : new AskedQuestion(ask.Type, random.Pick(ask.English), ask.Answer)
            );
        }
        return asked;
    }
}
